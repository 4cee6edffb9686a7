//! How a file becomes durable, and how it appears under its name whole or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::StoreError;
use crate::format::TEMPORARY;

/// Creates a file with these bytes and syncs it. For files that nothing names yet; whoever makes
/// something name it syncs the directory first. Replaces what an earlier, failed attempt left.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut file = File::create(path).map_err(StoreError::because("creating", path))?;
    file.write_all(bytes).map_err(StoreError::because("writing", path))?;
    file.sync_all().map_err(StoreError::because("syncing", path))
}

/// Makes the names in a directory durable.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    // Windows has no such operation and needs none: NTFS journals its names.
    if cfg!(windows) {
        return Ok(());
    }
    let handle = File::open(dir).map_err(StoreError::because("opening", dir))?;
    handle.sync_all().map_err(StoreError::because("syncing", dir))
}

/// Writes and syncs a file under a temporary name beside `path`; [`reveal`] gives it its own.
pub(crate) fn prepare(path: &Path, bytes: &[u8]) -> Result<PathBuf, StoreError> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(TEMPORARY);
    let temporary = PathBuf::from(temporary);
    write_file(&temporary, bytes)?;
    Ok(temporary)
}

/// Renames a prepared file and makes the new name durable. After an error the name may exist.
pub(crate) fn reveal(temporary: &Path, path: &Path) -> Result<(), StoreError> {
    fs::rename(temporary, path).map_err(StoreError::because("renaming", temporary))?;
    sync_dir(parent(path))
}

/// The directory that holds `path`.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}
