//! One writer at a time.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::names::LOCK_NAME;

/// The writer lock, held until it is dropped or the process ends, however it ends.
///
/// The lock is the operating system's, on the open file; the file itself stays, and what it says
/// is only a note for whoever finds it taken. (Removing it would let two writers lock two files of
/// the same name.)
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

/// What the holder writes about itself.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    pid: u32,
    host: String,
    /// Seconds since 1970.
    since: u64,
}

impl Lock {
    /// Takes the lock of the store in `dir`, or says who has it. Never waits.
    ///
    /// # Errors
    ///
    /// [`StoreError::Locked`], or what the operating system says.
    pub(crate) fn take(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(LOCK_NAME);
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false) // It may be the holder's note.
            .open(&path)
            .map_err(StoreError::because("opening", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(locked(dir, &mut file)),
            Err(TryLockError::Error(error)) => {
                return Err(StoreError::io("locking", &path, error));
            }
        }
        write_note(&mut file).map_err(StoreError::because("writing", &path))?;
        Ok(Self { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a process that another thread is just starting has a copy of the
        // open file until it runs its own program, and the lock would live on in that copy.
        // Should this fail, closing still comes.
        let _ = self.file.unlock();
    }
}

fn write_note(file: &mut File) -> std::io::Result<()> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let note = Note { pid: std::process::id(), host: host(), since };
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(serde_json::to_string(&note)?.as_bytes())
}

/// This machine's name, as far as the standard library can find out.
fn host() -> String {
    let linux = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let variable = || ["HOSTNAME", "COMPUTERNAME"].iter().find_map(|name| std::env::var(name).ok());
    linux.or_else(variable).map_or_else(|| "unknown host".to_owned(), |name| name.trim().to_owned())
}

/// The error for a lock that is taken, with the holder's note if it can be read: it may be empty
/// for a moment, and Windows does not let others read a locked file.
fn locked(dir: &Path, file: &mut File) -> StoreError {
    let mut text = String::new();
    let read = file.read_to_string(&mut text).ok();
    let note = read.and_then(|_| serde_json::from_str::<Note>(&text).ok());
    StoreError::Locked {
        path: dir.to_owned(),
        pid: note.as_ref().map(|note| note.pid),
        holder: note.map_or_else(
            || "another process".to_owned(),
            |Note { pid, host, since }| {
                format!("process {pid} on {host} (since {since} in Unix time)")
            },
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_learns_who_the_first_is() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::take(dir.path()).unwrap();
        let error = Lock::take(dir.path()).unwrap_err();
        assert_eq!(error.code(), "STORE_LOCKED");
        if cfg!(unix) {
            let me = std::process::id();
            assert!(matches!(error, StoreError::Locked { pid: Some(pid), .. } if pid == me));
            assert!(error.to_string().contains(&format!("by process {me} on ")), "{error}");
        }
        drop(first);
        Lock::take(dir.path()).unwrap();
    }

    #[test]
    fn a_child_that_is_being_started_does_not_keep_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let lock = Lock::take(dir.path()).unwrap();
        let inherited = lock.file.try_clone().unwrap();
        drop(lock);
        Lock::take(dir.path()).unwrap();
        drop(inherited);
    }
}
