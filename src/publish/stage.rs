//! A folder beside the place where something will appear, with what is being written.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

const PREFIX: &str = ".aiq-stage-";
/// Held by the run that the folder belongs to; free once it is over, however it ended.
const LOCK: &str = "lock";
/// What stood in the place, while it is being replaced.
const OLD: &str = "old";

/// A folder that goes when its run is over, or at the next run if that was killed.
#[derive(Debug)]
pub(super) struct Stage {
    folder: TempDir,
    _lock: File,
}

impl Stage {
    /// Makes one in a folder, after clearing away those of dead runs.
    pub(super) fn within(parent: &Path) -> io::Result<Self> {
        // One run at a time, so that a folder without a lock that is held is of a dead run.
        let _turn = turn(parent);
        clear(parent)?;
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        let lock = File::create(folder.path().join(LOCK))?;
        lock.lock()?;
        Ok(Self { folder, _lock: lock })
    }

    /// A place in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The lock of the folder that this is in.
    pub(super) fn turn(&self) -> Option<File> {
        turn(self.folder.path().parent()?)
    }

    /// Puts a folder in a place; what stands there is given back, in its new place.
    pub(super) fn exchange(&self, new: &Path, place: &Path) -> io::Result<Option<PathBuf>> {
        if !place.exists() {
            return std::fs::rename(new, place).map(|()| None);
        }
        if swapped(new, place) {
            return Ok(Some(new.to_owned()));
        }
        let old = self.path(OLD);
        std::fs::write(self.path("place"), place.as_os_str().as_encoded_bytes())?;
        std::fs::rename(place, &old)?;
        if let Err(error) = std::fs::rename(new, place) {
            // Back to what was there.
            std::fs::rename(&old, place)?;
            return Err(error);
        }
        Ok(Some(old))
    }
}

/// A lock of a folder, held as long as the result lives; none where folders have no locks.
fn turn(parent: &Path) -> Option<File> {
    let folder = File::open(parent).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

/// Exchanges two folders in one step, where the file system can.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn swapped(a: &Path, b: &Path) -> bool {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE).is_ok()
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn swapped(_: &Path, _: &Path) -> bool {
    false
}

/// Removes what dead runs left, and puts back what they had taken from its place.
fn clear(parent: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(parent)? {
        let Ok(entry) = entry else { continue };
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let folder = entry.path();
        let lock = File::open(folder.join(LOCK));
        if lock.as_ref().is_ok_and(|lock| lock.try_lock().is_err()) {
            continue;
        }
        let old = folder.join(OLD);
        if let Ok(place) = std::fs::read_to_string(folder.join("place"))
            && old.exists()
            && !Path::new(&place).exists()
        {
            std::fs::rename(&old, place)?;
        }
        // What cannot be removed now is at the next run.
        let _ = std::fs::remove_dir_all(&folder);
    }
    Ok(())
}
