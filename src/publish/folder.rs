//! A folder that appears whole.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::manifest::{Manifest, NAME};
use super::over::{Over, refused, unwritable};
use super::path::{component, resolved};
use super::stage::Stage;
use crate::base::error::{Error, Result};

/// Who may do what with a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Everyone may read it.
    #[default]
    Plain,
    /// Everyone may run it.
    Script,
    /// Nobody but its owner may read it.
    Secret,
}

/// A folder being filled, beside its place.
#[derive(Debug)]
pub(crate) struct Folder {
    /// As the user wrote it.
    shown: PathBuf,
    /// Where it will be.
    place: PathBuf,
    stage: Stage,
    /// What aiq wrote there before.
    earlier: Manifest,
    written: Manifest,
    /// Modes of the files by their names.
    modes: BTreeMap<String, Mode>,
    over: Over,
    /// Whether what aiq wrote before and does not write now stays.
    adds: bool,
}

impl Folder {
    /// Prepares a folder that takes the place of an earlier one of aiq. What others put there stays.
    ///
    /// # Errors
    /// `AIQ0256` for a place that holds what aiq did not write, `AIQ0661` for one that cannot be
    /// written.
    pub(crate) fn replacing(path: &Path, over: Over) -> Result<Self> {
        let folder = Self::open(path, over, false)?;
        let foreign = folder.place.exists() && Manifest::of(&folder.place).is_none();
        if foreign && over == Over::Own && !is_empty(&folder.place) {
            return Err(refused(path, "it holds other files")
                .help("name a new folder, or one written before")
                .help("`force` writes beside them, over files of the same names"));
        }
        Ok(folder)
    }

    /// Prepares a folder to which files are added.
    ///
    /// # Errors
    /// `AIQ0661` for a place that cannot be written.
    pub(crate) fn adding(path: &Path, over: Over) -> Result<Self> {
        Self::open(path, over, true)
    }

    fn open(path: &Path, over: Over, adds: bool) -> Result<Self> {
        let place = resolved(path)?;
        let fail = |e: io::Error| unwritable(path, e);
        if place.exists() && !place.is_dir() {
            return Err(refused(path, "it is a file").help("name a folder"));
        }
        let here = std::env::current_dir().and_then(|d| d.canonicalize());
        if here.is_ok_and(|here| here.starts_with(&place)) {
            return Err(refused(path, "it is the folder you are in, or one around it")
                .help("a folder is replaced as a whole; name one in it"));
        }
        let parent = place.parent().ok_or_else(|| unwritable(path, "it has no parent"))?;
        std::fs::create_dir_all(parent).map_err(fail)?;
        let stage = Stage::within(parent).map_err(fail)?;
        std::fs::create_dir(stage.path("new")).map_err(fail)?;
        Ok(Self {
            shown: path.to_owned(),
            place,
            stage,
            earlier: Manifest::default(),
            written: Manifest::default(),
            modes: BTreeMap::new(),
            over,
            adds,
        })
    }

    /// Writes a file; each part of its path is the name of one file or folder.
    ///
    /// # Errors
    /// `AIQ0669` for such a name, `AIQ0661`.
    pub(crate) fn put(&mut self, path: &[&str], contents: &[u8], mode: Mode) -> Result<()> {
        path.iter().try_for_each(|part| component(part).map(drop))?;
        let name = path.join("/");
        let file = self.stage.path("new").join(&name);
        written(&file, contents, mode).map_err(|e| self.unwritable(e))?;
        self.written.add(&name, contents, mode == Mode::Secret);
        self.modes.insert(name, mode);
        Ok(())
    }

    /// Puts the folder in its place.
    ///
    /// # Errors
    /// `AIQ0256` for a file there that would be overwritten and that aiq did not write or somebody
    /// changed, `AIQ0661`.
    pub(crate) fn publish(mut self) -> Result<()> {
        let new = self.stage.path("new");
        // One run at a time puts folders here, so that what was judged is what is replaced.
        let _turn = self.stage.turn();
        let mut gone = Manifest::default();
        if self.place.is_dir() {
            self.earlier = Manifest::of(&self.place).unwrap_or_default();
            self.judge()?;
            gone = self.leaving();
            link(&self.place, &new, "", &gone).map_err(|e| self.unwritable(e))?;
        }
        let mut manifest = std::mem::take(&mut self.written);
        if self.adds {
            manifest.join(self.earlier.clone());
        }
        let done = manifest
            .write(&new)
            .and_then(|()| self.stage.exchange(&new, &self.place))
            // What came into being while this ran.
            .and_then(|old| old.map_or(Ok(()), |old| keep(&old, &self.place, "", &gone)));
        done.map_err(|e| self.unwritable(e))
    }

    /// Refuses to write over what is not aiq's, and through links in the folder.
    fn judge(&self) -> Result<()> {
        for name in self.written.names() {
            let ends = name.match_indices('/').map(|(at, _)| at).chain([name.len()]);
            if let Some(link) =
                ends.map(|end| &name[..end]).find(|n| self.place.join(n).is_symlink())
            {
                return Err(refused(&self.shown, format!("`{link}` in it is a link"))
                    .help("links are left alone; name what it leads to, or a new folder"));
            }
            if self.over == Over::Anything {
                continue;
            }
            let Ok(there) = std::fs::read(self.place.join(name)) else { continue };
            if self.earlier.is_unchanged(name, &there) || self.written.is_unchanged(name, &there) {
                continue;
            }
            let why = match self.earlier.lists(name) {
                true => format!("`{name}` in it was changed since"),
                false => format!("`{name}` in it is not from aiq"),
            };
            return Err(refused(&self.shown, why)
                .help("`force` writes over it; a new name leaves it as it is"));
        }
        Ok(())
    }

    /// What aiq wrote before, nobody changed, and is not part of the folder any more.
    fn leaving(&self) -> Manifest {
        let mut gone = Manifest::default();
        if self.adds {
            return gone;
        }
        gone.join(self.earlier.clone());
        for name in self.earlier.names() {
            let unchanged = std::fs::read(self.place.join(name))
                .is_ok_and(|contents| self.earlier.is_unchanged(name, &contents));
            if self.written.lists(name) || !unchanged {
                gone.remove(name);
            }
        }
        gone
    }

    fn unwritable(&self, error: io::Error) -> Error {
        unwritable(&self.shown, error)
    }
}

/// Writes one file with its folders.
fn written(file: &Path, contents: &[u8], mode: Mode) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, contents)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let own = file.metadata()?.permissions().mode();
        let mode = match mode {
            Mode::Plain => own,
            // Who may read it may run it.
            Mode::Script => own | ((own & 0o444) >> 2),
            Mode::Secret => 0o600,
        };
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}

/// Links what stands in a folder into another that will take its place, save for what is there
/// already and what goes. Contents are shared, so that who writes to such a file goes on doing so.
fn link(from: &Path, to: &Path, prefix: &str, gone: &Manifest) -> io::Result<()> {
    walk(from, to, prefix, gone, &mut |from, to| {
        if from.is_symlink() {
            return copy_link(from, to);
        }
        std::fs::hard_link(from, to).or_else(|_| std::fs::copy(from, to).map(drop))
    })
}

/// Moves what is only in the folder that was replaced.
fn keep(from: &Path, to: &Path, prefix: &str, gone: &Manifest) -> io::Result<()> {
    walk(from, to, prefix, gone, &mut |from, to| std::fs::rename(from, to))
}

fn walk(
    from: &Path,
    to: &Path,
    prefix: &str,
    gone: &Manifest,
    each: &mut dyn FnMut(&Path, &Path) -> io::Result<()>,
) -> io::Result<()> {
    let folder = from.metadata()?.permissions();
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let file_name = entry.file_name();
        let name = format!("{prefix}{}", file_name.to_string_lossy());
        let (from, to) = (entry.path(), to.join(&file_name));
        if name == NAME || gone.lists(&name) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            // A folder that only held what goes is gone too.
            let is_needed = to.exists() || !holds_only(&from, &format!("{name}/"), gone)?;
            if is_needed {
                std::fs::create_dir_all(&to)?;
                walk(&from, &to, &format!("{name}/"), gone, each)?;
            }
        } else if to.symlink_metadata().is_err() {
            each(&from, &to)?;
        }
    }
    std::fs::set_permissions(to, folder)
}

fn holds_only(folder: &Path, prefix: &str, gone: &Manifest) -> io::Result<bool> {
    let mut any = false;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        any = true;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let goes = match entry.file_type()?.is_dir() {
            true => holds_only(&entry.path(), &format!("{name}/"), gone)?,
            false => gone.lists(&name),
        };
        if !goes {
            return Ok(false);
        }
    }
    Ok(any)
}

#[cfg(unix)]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(std::fs::read_link(from)?, to)
}

#[cfg(not(unix))]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::copy(from, to).map(drop)
}

fn is_empty(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}
