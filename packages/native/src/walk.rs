//! The walk over folders, in a thread of its own, for JavaScript to take up batch by batch.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use clipfind_walk::{Digest, Found, Known, Request, Root, Rules, STATS};
use napi::bindgen_prelude::{AsyncTask, BigInt64Array, Buffer, Uint8Array, Uint32Array};
use napi::{Env, Error, Result, Task};
use napi_derive::napi;

/// A folder to walk, and which files of it count.
#[napi(object, object_to_js = false)]
pub struct WalkRoot {
    /// An absolute path, as bytes.
    pub path: Uint8Array,
    /// Follow symbolic links; each real file counts once.
    pub follow: bool,
    /// Take hidden files and folders too.
    pub hidden: bool,
    /// Take what ignore files exclude, and junk.
    pub no_ignore: bool,
    /// Globs of what to leave out.
    pub exclude: Vec<String>,
    /// Extensions of candidates, in lower case.
    pub extensions: Vec<String>,
}

/// What to walk, and what is known.
#[napi(object, object_to_js = false)]
pub struct WalkRequest {
    /// Folders; one inside another is walked by its own rules.
    pub roots: Vec<WalkRoot>,
    /// Paths of known directories, each followed by a zero byte.
    pub known: Uint8Array,
    /// Their digests, 16 bytes each; all zero: there is none.
    pub digests: Uint8Array,
}

/// The candidates of a directory that is new or has changed.
#[napi(object, object_from_js = false)]
pub struct WalkedDirectory {
    /// Its path, as bytes.
    pub path: Buffer,
    /// Which of the known directories it is, if any.
    pub known: Option<u32>,
    /// Over all that follows.
    pub digest: Buffer,
    /// Names in byte order, each followed by a zero byte.
    pub names: Buffer,
    /// Per file: bytes, mtime and ctime in nanoseconds, inode; the last two are 0 where they do not last.
    pub stats: BigInt64Array,
    /// Names of the candidates' XMP sidecars, in the same form.
    pub sidecar_names: Buffer,
    /// Their numbers.
    pub sidecar_stats: BigInt64Array,
}

/// What could not be read or understood.
#[napi(object, object_from_js = false)]
pub struct WalkProblem {
    /// The directory, or the file with a bad rule.
    pub path: Buffer,
    /// True for a directory: what is in and below it is not known.
    pub is_unreadable: bool,
    /// The system's number of the error, if it gave one.
    pub errno: Option<i32>,
    /// In words.
    pub message: String,
}

/// What a walk has come upon since the last batch.
#[napi(object, object_from_js = false)]
pub struct WalkBatch {
    /// Known directories that are as they were: which, and how many files, one after the other.
    pub unchanged: Uint32Array,
    /// Directories that are new or have changed. One comes after those below it.
    pub directories: Vec<WalkedDirectory>,
    /// What was left out.
    pub problems: Vec<WalkProblem>,
}

/// What the walking thread says. Without `End` it has died.
enum Message {
    Found(Found),
    End,
}

/// Directories that the walk may be ahead of JavaScript.
const AHEAD: usize = 256;

/// A batch ends with so many files, or after so long; it is empty if there is nothing for a while.
const BATCH_FILES: usize = 65_536;
const BATCH_TIME: Duration = Duration::from_millis(25);
const PATIENCE: Duration = Duration::from_millis(250);

type Messages = Arc<Mutex<Option<Receiver<Message>>>>;

/// A walk under way.
#[napi]
pub struct Walk {
    messages: Messages,
}

#[napi]
impl Walk {
    /// Begins to walk.
    #[napi(factory)]
    pub fn start(request: WalkRequest) -> Result<Walk> {
        let request = converted(&request);
        clipfind_walk::check(&request)
            .map_err(|error| Error::from_reason(format!("INVALID_ARGUMENT: {error}")))?;
        let (sender, receiver) = sync_channel(AHEAD);
        thread::Builder::new()
            .name("clipfind walk".into())
            .spawn(move || work(&request, &sender))
            .map_err(|error| Error::from_reason(format!("WALK_FAILED: no thread: {error}")))?;
        Ok(Walk { messages: Arc::new(Mutex::new(Some(receiver))) })
    }

    /// What it has come upon since the last call, perhaps nothing yet; null at the end.
    #[napi(ts_return_type = "Promise<WalkBatch | null>")]
    pub fn next(&self) -> AsyncTask<Next> {
        AsyncTask::new(Next { messages: Arc::clone(&self.messages) })
    }

    /// Ends the walk, if it has not ended. Not while `next` is under way.
    #[napi]
    pub fn close(&self) {
        *self.messages.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn work(request: &Request, sender: &SyncSender<Message>) {
    let walked =
        clipfind_walk::walk(request, &mut |found| sender.send(Message::Found(found)).is_ok());
    if walked.is_ok() {
        // Nobody may listen any more.
        let _ = sender.send(Message::End);
    }
}

/// The next batch of a walk.
pub struct Next {
    messages: Messages,
}

#[napi]
impl Task for Next {
    type Output = Option<Vec<Found>>;
    type JsValue = Option<WalkBatch>;

    fn compute(&mut self) -> Result<Self::Output> {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(receiver) = messages.as_ref() else { return Ok(None) };
        let mut until = Instant::now() + PATIENCE;
        let mut batch = Vec::new();
        let mut files = 0;
        while files < BATCH_FILES {
            match receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Message::Found(found)) => {
                    if batch.is_empty() {
                        until = Instant::now() + BATCH_TIME;
                    }
                    files += 1;
                    if let Found::Directory(directory) = &found {
                        files += directory.stats.len() / STATS;
                    }
                    batch.push(found);
                }
                Ok(Message::End) => {
                    *messages = None;
                    return Ok((!batch.is_empty()).then_some(batch));
                }
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::from_reason("WALK_FAILED: the walk's thread has died"));
                }
            }
        }
        Ok(Some(batch))
    }

    fn resolve(&mut self, _: Env, batch: Self::Output) -> Result<Option<WalkBatch>> {
        Ok(batch.map(to_batch))
    }
}

fn to_batch(found: Vec<Found>) -> WalkBatch {
    let mut unchanged = Vec::new();
    let mut directories = Vec::new();
    let mut problems = Vec::new();
    for one in found {
        match one {
            Found::Unchanged { known, files } => unchanged.extend([known, files]),
            Found::Directory(directory) => directories.push(WalkedDirectory {
                path: bytes_of(&directory.path),
                known: directory.known,
                digest: directory.digest.to_vec().into(),
                names: directory.names.into(),
                stats: directory.stats.into(),
                sidecar_names: directory.sidecar_names.into(),
                sidecar_stats: directory.sidecar_stats.into(),
            }),
            Found::Problem(problem) => problems.push(WalkProblem {
                path: bytes_of(&problem.path),
                is_unreadable: problem.error.is_some(),
                errno: problem.error.and_then(|error| error.raw_os_error()),
                message: problem.message,
            }),
        }
    }
    WalkBatch { unchanged: unchanged.into(), directories, problems }
}

fn converted(request: &WalkRequest) -> Request {
    let roots = request.roots.iter().map(|root| Root {
        path: path_of(&root.path),
        rules: Rules {
            follow: root.follow,
            hidden: root.hidden,
            no_ignore: root.no_ignore,
            exclude: root.exclude.clone(),
            extensions: root.extensions.clone(),
        },
    });
    let paths = request.known.split(|&byte| byte == 0);
    let digests = request.digests.as_chunks::<16>().0;
    let known: HashMap<PathBuf, Known> = (0..)
        .zip(paths.zip(digests))
        .map(|(index, (path, digest))| {
            let digest = (*digest != Digest::default()).then_some(*digest);
            (path_of(path), Known { index, digest })
        })
        .collect();
    Request { roots: roots.collect(), known }
}

#[cfg(unix)]
pub(crate) fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    Path::new(std::ffi::OsStr::from_bytes(bytes)).to_path_buf()
}

#[cfg(not(unix))]
pub(crate) fn path_of(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes).into_owned().into()
}

fn bytes_of(path: &Path) -> Buffer {
    path.as_os_str().as_encoded_bytes().to_vec().into()
}
