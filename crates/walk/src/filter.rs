//! Which entries count?

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::overrides::{Override, OverrideBuilder};
use ignore::{DirEntry, WalkBuilder};

use crate::stat::FileId;
use crate::{Root, Rules};

/// Folders that hold no photos of the user's: thumbnails, recycle bins, and bookkeeping of file
/// servers and systems. Left out by name, whatever their case.
pub const JUNK_FOLDERS: &[&str] = &[
    "@eadir",    // Synology: thumbnails
    "#recycle",  // Synology: recycle bin
    "#snapshot", // Synology: snapshots
    "@recycle",  // QNAP: recycle bin
    ".@__thumb", // QNAP: thumbnails
    ".thumbnails",
    "__macosx",
    "system volume information",
    "$recycle.bin",
    "lost+found",
    "node_modules",
];

/// Files and folders are left out whose names begin so: recycle bins, and what macOS writes beside
/// files on foreign disks (`AppleDouble`).
pub const JUNK_PREFIXES: &[&str] = &[".trash", "._"];

/// A folder with a file of this name holds no photos to show, it says: Android's custom.
const NO_MEDIA: &str = ".nomedia";

/// An exclusion that cannot be understood.
#[derive(Debug)]
pub struct BadGlob(String);

impl fmt::Display for BadGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadGlob {}

/// The exclusions of a root. A glob that begins with the root's own path is meant from there.
pub(crate) fn overrides(root: &Root) -> Result<Override, BadGlob> {
    let mut builder = OverrideBuilder::new(&root.path);
    for glob in &root.rules.exclude {
        let below = Path::new(glob).strip_prefix(&root.path).ok().and_then(Path::to_str);
        let glob_here = below.map_or_else(|| format!("!{glob}"), |below| format!("!/{below}"));
        builder.add(&glob_here).map_err(|error| {
            BadGlob(format!("expected a glob to exclude, found {glob}: {error}"))
        })?;
    }
    builder.build().map_err(|error| BadGlob(error.to_string()))
}

/// Directories that were walked into, while links are followed.
pub(crate) type SeenDirectories = Arc<Mutex<HashSet<FileId>>>;

/// True when it is seen for the first time.
pub(crate) fn is_first(seen: &SeenDirectories, id: FileId) -> bool {
    seen.lock().unwrap_or_else(PoisonError::into_inner).insert(id)
}

/// The traversal of `top`, which is `root`'s folder or a linked one in it. Links are left to the
/// caller. `roots`: folders that are walked for themselves.
pub(crate) fn traversal(
    top: &Path,
    rules: &Rules,
    exclusions: Override,
    roots: &Arc<HashSet<PathBuf>>,
    seen: Option<&SeenDirectories>,
) -> ignore::Walk {
    let roots = Arc::clone(roots);
    let seen = seen.cloned();
    let no_ignore = rules.no_ignore;
    let keep = move |entry: &DirEntry| {
        let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
        if !no_ignore && is_junk(entry.file_name(), is_directory) {
            return false;
        }
        if !is_directory {
            return true;
        }
        if roots.contains(entry.path()) {
            return false;
        }
        if !no_ignore && entry.path().join(NO_MEDIA).exists() {
            return false;
        }
        let id = seen.as_ref().and_then(|_| entry.metadata().ok());
        match (&seen, id) {
            (Some(seen), Some(meta)) => is_first(seen, FileId::of(&meta)),
            _ => true,
        }
    };
    let mut builder = WalkBuilder::new(top);
    builder
        .hidden(!rules.hidden)
        .parents(false) // what was named is walked, whatever folders above it say
        .ignore(!no_ignore)
        .git_ignore(!no_ignore)
        .git_global(false)
        .git_exclude(false)
        .require_git(false)
        .overrides(exclusions)
        .filter_entry(keep)
        .sort_by_file_name(OsStr::cmp);
    if !no_ignore {
        builder.add_custom_ignore_filename(".clipfindignore");
    }
    builder.build()
}

fn is_junk(name: &OsStr, is_directory: bool) -> bool {
    let name = name.as_encoded_bytes();
    JUNK_PREFIXES.iter().any(|start| {
        name.get(..start.len()).is_some_and(|n| n.eq_ignore_ascii_case(start.as_bytes()))
    }) || is_directory && JUNK_FOLDERS.iter().any(|junk| name.eq_ignore_ascii_case(junk.as_bytes()))
}

/// Whether a name ends in one of the `extensions`.
pub(crate) fn is_candidate(name: &OsStr, extensions: &[String]) -> bool {
    let name = name.as_encoded_bytes();
    let Some(dot) = name.iter().rposition(|&byte| byte == b'.') else { return false };
    let extension = &name[dot + 1..];
    extensions.iter().any(|known| extension.eq_ignore_ascii_case(known.as_bytes()))
}

/// Endings of sidecars: files of XMP beside photos, `a.xmp` or `a.jpg.xmp`.
const SIDECAR_ENDINGS: [&[u8]; 2] = [b".xmp", b".XMP"];

/// The name of the photo that a sidecar belongs to, with its extension or without; `None` for what
/// is no sidecar.
pub(crate) fn sidecar_owner(name: &[u8]) -> Option<&[u8]> {
    let owner = SIDECAR_ENDINGS.iter().find_map(|ending| name.strip_suffix(*ending))?;
    (!owner.is_empty()).then_some(owner)
}
