//! Where published data comes from: a wheel, an unpacked directory, or one file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use zip::ZipArchive;

use crate::base::error::{Code, Error, Result};

/// No published file comes near this; a larger one is not what it claims to be.
const MAX_FILE: u64 = 1 << 30;
/// Likewise for the number of files.
const MAX_FILES: usize = 100_000;

/// The files of a source by path, with `/` between the parts.
pub(super) struct Package {
    /// Name and version, as far as the source tells.
    pub(super) label: String,
    files: BTreeMap<String, Place>,
    archive: Option<ZipArchive<File>>,
    source: PathBuf,
}

enum Place {
    Disk(PathBuf),
    Archive(usize),
}

impl Package {
    pub(super) fn open(source: &Path) -> Result<Self> {
        let fail = |why: String| {
            Error::internal(
                Code::NothingToImport,
                format!("cannot import `{}`: {why}", source.display()),
            )
            .help("give a wheel, an unpacked package or its `systems` directory, or one table")
        };
        let label = source
            .file_name()
            .map_or_else(|| "data".to_owned(), |n| n.to_string_lossy().into_owned());
        let mut package =
            Self { label, files: BTreeMap::new(), archive: None, source: source.to_path_buf() };
        let kind = std::fs::metadata(source).map_err(|e| fail(e.to_string()))?;
        if kind.is_dir() {
            let root = source.canonicalize().map_err(|e| fail(e.to_string()))?;
            // The names above decide what a directory inside a package stands for.
            let prefix = slashes(&root);
            walk(&root, &prefix, &mut package.files).map_err(|e| fail(e.to_string()))?;
            for ancestor in root.ancestors().skip(1).take(2) {
                siblings(ancestor, &mut package.files);
            }
        } else if source.extension().is_some_and(|e| e == "whl" || e == "zip") {
            let file = File::open(source).map_err(|e| fail(e.to_string()))?;
            let archive = ZipArchive::new(file).map_err(|e| fail(e.to_string()))?;
            for (index, name) in archive.file_names().enumerate() {
                let name = name.map_err(|e| fail(e.to_string()))?;
                if !name.ends_with('/') {
                    package.files.insert(name.into_owned(), Place::Archive(index));
                }
            }
            package.archive = Some(archive);
        } else {
            let real = source.canonicalize().map_err(|e| fail(e.to_string()))?;
            package.files.insert(slashes(&real), Place::Disk(real));
        }
        if package.files.len() > MAX_FILES {
            return Err(fail(format!("it has more than {MAX_FILES} files")));
        }
        if let Some(label) = package.declared_label() {
            package.label = label;
        }
        Ok(package)
    }

    /// Whether the source is one table rather than a collection.
    pub(super) fn is_single(&self) -> bool {
        self.archive.is_none() && self.source.is_file()
    }

    pub(super) fn paths(&self) -> Vec<String> {
        self.files.keys().cloned().collect()
    }

    /// The contents of a file.
    pub(super) fn read(&mut self, path: &str) -> Result<Bytes> {
        let fail = |why: String| {
            Error::unreadable(Code::UnreadableData, format!("cannot read `{path}`: {why}"))
                .help("get the package again; the others of its files can still be imported")
        };
        let mut bytes = Vec::new();
        match (self.files.get(path), self.archive.as_mut()) {
            (Some(Place::Disk(file)), _) => {
                let file = File::open(file).map_err(|e| fail(e.to_string()))?;
                file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|e| fail(e.to_string()))?;
            }
            (Some(Place::Archive(index)), Some(archive)) => {
                let file = archive.by_index(*index).map_err(|e| fail(e.to_string()))?;
                file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|e| fail(e.to_string()))?;
            }
            _ => return Err(fail("it is not there".to_owned())),
        }
        if bytes.len() as u64 > MAX_FILE {
            return Err(fail("it is too large".to_owned()));
        }
        Ok(bytes.into())
    }

    pub(super) fn read_text(&mut self, path: &str) -> Result<String> {
        let bytes = self.read(path)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Name and version out of the metadata of a wheel.
    fn declared_label(&mut self) -> Option<String> {
        let path = self.files.keys().find(|p| p.ends_with(".dist-info/METADATA"))?.clone();
        let text = self.read_text(&path).ok()?;
        let field = |name: &str| text.lines().find_map(|l| l.strip_prefix(name)).map(str::trim);
        Some(format!("{} {}", field("Name:")?, field("Version:")?))
    }
}

fn slashes(path: &Path) -> String {
    let parts = path.components().filter_map(|c| match c {
        std::path::Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

fn walk(directory: &Path, prefix: &str, into: &mut BTreeMap<String, Place>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type()?;
        let path = format!("{prefix}/{name}");
        if kind.is_dir() {
            walk(&entry.path(), &path, into)?;
        } else if kind.is_file() && into.len() <= MAX_FILES {
            into.insert(path, Place::Disk(entry.path()));
        }
    }
    Ok(())
}

/// Lists and system files lie beside the data directory, above what was given.
fn siblings(directory: &Path, into: &mut BTreeMap<String, Place>) {
    let is_ours = directory.join("query_versions.yaml").is_file()
        || directory.join("versions.yaml").is_file()
        || directory.join("data").is_dir();
    if !is_ours {
        return;
    }
    let prefix = slashes(directory);
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_file() && path.extension().is_some_and(|e| e == "yaml") {
            into.insert(
                format!("{prefix}/{}", entry.file_name().to_string_lossy()),
                Place::Disk(path),
            );
        }
    }
}
