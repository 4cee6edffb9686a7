//! How a file becomes durable, and how it appears under its name whole or not at all.
//!
//! Everything that changes the disk goes through here, so that tests can make each call fail:
//! `faults.rs`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use memmap2::{Mmap, MmapOptions};

use crate::error::StoreError;
use crate::faults::check;
use crate::names::{DAMAGED, TEMPORARY};

/// Bytes that are collected before they are written.
const WRITE_BUFFER: usize = 4 << 20;
/// So many bytes at once are written without collecting them first.
const MANY: usize = 64 << 10;

/// A file being written from its beginning, or from an offset, in order.
pub(crate) struct Output<'a> {
    file: File,
    path: &'a Path,
    buffer: Vec<u8>,
    /// Where the next byte goes.
    at: u64,
}

impl<'a> Output<'a> {
    /// Creates a file, over what an earlier, failed attempt left. For files that nothing names yet;
    /// whoever makes something name it syncs the directory first.
    pub(crate) fn create(path: &'a Path) -> Result<Self, StoreError> {
        let file = check("create").and_then(|()| File::create(path));
        let file = file.map_err(StoreError::because("creating", path))?;
        Ok(Self { file, path, buffer: Vec::new(), at: 0 })
    }

    /// Continues a file at `offset`, its length.
    pub(crate) fn append(file: File, path: &'a Path, offset: u64) -> Self {
        Self { file, path, buffer: Vec::new(), at: offset }
    }

    /// Writes bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        if self.buffer.len() + bytes.len() > WRITE_BUFFER {
            self.flush()?;
        }
        if bytes.len() < MANY {
            self.buffer.extend_from_slice(bytes);
            return Ok(());
        }
        self.flush()?;
        self.put(bytes)
    }

    /// Moves on to `offset`; what lies between reads as zeros, and takes no space where the file
    /// system can say so.
    pub(crate) fn skip_to(&mut self, offset: u64) -> Result<(), StoreError> {
        self.flush()?;
        debug_assert!(offset >= self.at, "files are written in order");
        self.at = offset;
        Ok(())
    }

    /// Writes what is left and syncs the file.
    pub(crate) fn finish(mut self) -> Result<(), StoreError> {
        self.flush()?;
        let synced = check("sync").and_then(|()| self.file.sync_all());
        synced.map_err(StoreError::because("syncing", self.path))
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        self.put(&buffer)?;
        buffer.clear();
        self.buffer = buffer;
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let written = check("write").and_then(|()| write_at(&mut self.file, bytes, self.at));
        written.map_err(StoreError::because("writing", self.path))?;
        self.at += bytes.len() as u64;
        Ok(())
    }
}

fn write_at(file: &mut File, bytes: &[u8], at: u64) -> io::Result<()> {
    use std::io::{Seek, SeekFrom};
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)
}

/// Creates a file with these bytes and syncs it, as [`Output::create`] does.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut out = Output::create(path)?;
    out.write(bytes)?;
    out.finish()
}

/// Makes the names in a directory durable.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    // Windows has no such operation and needs none: NTFS journals its names.
    if cfg!(windows) {
        return Ok(());
    }
    let synced =
        check("sync directory").and_then(|()| File::open(dir)).and_then(|it| it.sync_all());
    synced.map_err(StoreError::because("syncing", dir))
}

/// Creates a missing directory below an existing one, and makes its name durable.
pub(crate) fn create_dir(dir: &Path) -> Result<(), StoreError> {
    if dir.is_dir() {
        return Ok(());
    }
    let created = check("create directory").and_then(|()| fs::create_dir(dir));
    created.map_err(StoreError::because("creating", dir))?;
    sync_dir(parent(dir))
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
    let renamed = check("rename").and_then(|()| fs::rename(temporary, path));
    renamed.map_err(StoreError::because("renaming", temporary))?;
    sync_dir(parent(path))
}

/// Gives a damaged file a free name, under which the store leaves it alone.
pub(crate) fn set_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(DAMAGED);
    let names = (1..).map(|number| match number {
        1 => PathBuf::from(&name),
        _ => PathBuf::from(format!("{}-{number}", name.display())),
    });
    let mut free = names.filter(|name| name.symlink_metadata().is_err());
    let aside = free.next().expect("there are more numbers than files");
    reveal(path, &aside)?;
    Ok(aside)
}

/// Maps bytes `start` to `end` of a file, which must be that long.
///
/// # Safety
///
/// Nobody may change or truncate these bytes while the map lives.
pub(crate) unsafe fn map(
    file: &File,
    path: &Path,
    start: u64,
    end: u64,
) -> Result<Mmap, StoreError> {
    let too_large = || StoreError::io("mapping", path, io::ErrorKind::OutOfMemory.into());
    let len = usize::try_from(end - start).map_err(|_| too_large())?;
    // SAFETY: the caller's promise.
    let mapped =
        check("map").and_then(|()| unsafe { MmapOptions::new().offset(start).len(len).map(file) });
    mapped.map_err(StoreError::because("mapping", path))
}

/// The directory that holds `path`.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}
