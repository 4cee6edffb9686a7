//! The walk: real directories first, then what links lead to.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::overrides::Override;
use ignore::{DirEntry, Error};

use crate::filter::{self, BadGlob, SeenDirectories};
use crate::group::Group;
use crate::stat::{Devices, FileId, numbers};
use crate::{Found, Problem, Request};

/// What is kept only while links are followed: a link counts where nothing real is of the same file.
#[derive(Default)]
struct Following {
    directories: SeenDirectories,
    files: HashSet<FileId>,
    /// Directories that are complete but for linked files.
    groups: BTreeMap<PathBuf, Group>,
    /// Links not looked at yet, and the root that they belong to.
    links: VecDeque<(PathBuf, usize)>,
}

pub(crate) struct Walker<'a> {
    request: &'a Request,
    emit: &'a mut dyn FnMut(Found) -> bool,
    exclusions: Vec<Override>,
    roots: Arc<HashSet<PathBuf>>,
    devices: Devices,
    following: Option<Following>,
    stopped: bool,
}

impl<'a> Walker<'a> {
    pub(crate) fn new(
        request: &'a Request,
        emit: &'a mut dyn FnMut(Found) -> bool,
    ) -> Result<Walker<'a>, BadGlob> {
        let exclusions = request.roots.iter().map(filter::overrides).collect::<Result<_, _>>()?;
        let roots = Arc::new(request.roots.iter().map(|root| root.path.clone()).collect());
        let follows = request.roots.iter().any(|root| root.rules.follow);
        let following = follows.then(Following::default);
        Ok(Walker {
            request,
            emit,
            exclusions,
            roots,
            devices: Devices::default(),
            following,
            stopped: false,
        })
    }

    pub(crate) fn run(mut self) {
        for (index, root) in self.request.roots.iter().enumerate() {
            if let (Some(following), Ok(meta)) = (&self.following, fs::metadata(&root.path)) {
                filter::is_first(&following.directories, FileId::of(&meta));
            }
            self.branch(&root.path, index);
        }
        while let Some((path, root)) =
            self.following.as_mut().and_then(|following| following.links.pop_front())
        {
            if self.stopped {
                return;
            }
            self.link(&path, root);
        }
        let groups = self.following.take().map(|following| following.groups).unwrap_or_default();
        for group in groups.into_values() {
            self.report(group);
        }
    }

    /// Walks what lies below `top`.
    fn branch(&mut self, top: &Path, root: usize) {
        match fs::metadata(top) {
            Ok(meta) if meta.is_dir() => {}
            Ok(_) => return self.problem(top.to_path_buf(), ErrorKind::NotADirectory.into()),
            Err(error) => return self.problem(top.to_path_buf(), error),
        }
        // From `top` down to where the walk is.
        let mut open: Vec<Group> = Vec::new();
        let seen = self.following.as_ref().map(|following| &following.directories);
        let rules = &self.request.roots[root].rules;
        let exclusions = self.exclusions[root].clone();
        for entry in filter::traversal(top, rules, exclusions, &self.roots, seen) {
            if self.stopped {
                return;
            }
            match entry {
                Ok(entry) => {
                    while open.len() > entry.depth() {
                        if let Some(group) = open.pop() {
                            self.complete(group);
                        }
                    }
                    if let Some(error) = entry.error() {
                        self.bad_rule(entry.path(), error);
                    }
                    self.enter(entry, root, &mut open);
                }
                Err(error) => self.unreadable(error, top, &mut open),
            }
        }
        while let Some(group) = open.pop() {
            self.complete(group);
        }
    }

    /// Takes an entry into account, whose directory is the last of `open`.
    fn enter(&mut self, entry: DirEntry, root: usize, open: &mut Vec<Group>) {
        let Some(kind) = entry.file_type() else { return };
        if kind.is_dir() || entry.depth() == 0 {
            open.push(Group::new(entry.into_path()));
            return;
        }
        let follows = self.request.roots[root].rules.follow;
        if kind.is_symlink() {
            if let (true, Some(following)) = (follows, &mut self.following) {
                following.links.push_back((entry.into_path(), root));
            }
            return;
        }
        let extensions = &self.request.roots[root].rules.extensions;
        let is_photo = filter::is_candidate(entry.file_name(), extensions);
        let name = entry.file_name().as_encoded_bytes();
        if !kind.is_file() || !is_photo && filter::sidecar_owner(name).is_none() {
            return;
        }
        let Some(group) = open.last_mut() else { return };
        match fs::symlink_metadata(entry.path()) {
            // Something else has taken its place, or nothing: it is as if it had never been listed.
            Ok(meta) if !meta.is_file() => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => group.error = Some(error),
            Ok(meta) if !is_photo => group.push_sidecar(name, numbers(&meta)),
            Ok(meta) => {
                let id = FileId::of(&meta);
                group.device = id.device;
                group.push(name, numbers(&meta));
                if let Some(following) = &mut self.following {
                    following.files.insert(id);
                }
            }
        }
    }

    /// A link, when everything real has been seen.
    fn link(&mut self, path: &Path, root: usize) {
        let Some(following) = &mut self.following else { return };
        let meta = match fs::metadata(path) {
            Ok(meta) => meta,
            // Leads nowhere, or round in circles.
            Err(error) if error.kind() == ErrorKind::NotFound || is_loop(&error) => return,
            Err(error) => {
                self.problem(path.to_path_buf(), error);
                return;
            }
        };
        let id = FileId::of(&meta);
        if meta.is_dir() {
            if filter::is_first(&following.directories, id) {
                self.branch(path, root);
            }
            return;
        }
        let (Some(name), Some(parent)) = (path.file_name(), path.parent()) else { return };
        if meta.is_file()
            && filter::is_candidate(name, &self.request.roots[root].rules.extensions)
            && let Some(group) = following.groups.get_mut(parent)
            && following.files.insert(id)
        {
            group.device = id.device;
            group.insert(name.as_encoded_bytes(), numbers(&meta));
        }
    }

    /// Nothing more comes from this directory, but for linked files.
    fn complete(&mut self, group: Group) {
        match &mut self.following {
            Some(following) => {
                following.groups.insert(group.path.clone(), group);
            }
            None => self.report(group),
        }
    }

    fn report(&mut self, mut group: Group) {
        if self.stopped {
            return;
        }
        if let Some(error) = group.error {
            // A directory that vanished meanwhile is as good as one that was not listed.
            if error.kind() != ErrorKind::NotFound || self.roots.contains(&group.path) {
                self.problem(group.path, error);
            }
            return;
        }
        let known = self.request.known.get(&group.path);
        if group.len() == 0 && known.is_none() {
            return;
        }
        group.keep_own_sidecars();
        if group.len() > 0 && !self.devices.have_lasting_inodes(group.device, &group.path) {
            group.forget_inodes();
        }
        let digest = group.digest();
        let found = match known {
            Some(known) if known.digest == Some(digest) => Found::Unchanged {
                known: known.index,
                files: u32::try_from(group.len()).unwrap_or(u32::MAX),
            },
            _ => Found::Directory(group.into_directory(known.map(|known| known.index), digest)),
        };
        self.tell(found);
    }

    /// Blames the directory that could not be read, or not to its end.
    fn unreadable(&mut self, error: Error, top: &Path, open: &mut [Group]) {
        let path = path_of(&error).map(Path::to_path_buf);
        let depth = error.depth();
        let message = error.to_string();
        let Some(cause) = error.into_io_error() else {
            // A rule of the top folder, or a loop, of which there are none without following links.
            self.tell(Found::Problem(Problem { path: top.to_path_buf(), error: None, message }));
            return;
        };
        let named = open.iter().rposition(|group| Some(&group.path) == path.as_ref());
        let above = depth.and_then(|depth| depth.checked_sub(1)).filter(|&at| at < open.len());
        match (named.or(above), path) {
            // An entry that vanished after it was listed.
            (None, Some(path)) if cause.kind() == ErrorKind::NotFound && path != top => {}
            (None, path) => self.problem(path.unwrap_or_else(|| top.to_path_buf()), cause),
            (Some(_), _) if named.is_none() && cause.kind() == ErrorKind::NotFound => {}
            (Some(at), _) => open[at].error = Some(cause),
        }
    }

    fn bad_rule(&mut self, path: &Path, error: &Error) {
        let path = path_of(error).unwrap_or(path).to_path_buf();
        self.tell(Found::Problem(Problem { path, error: None, message: error.to_string() }));
    }

    fn problem(&mut self, path: PathBuf, error: io::Error) {
        let message = error.to_string();
        self.tell(Found::Problem(Problem { path, error: Some(error), message }));
    }

    fn tell(&mut self, found: Found) {
        self.stopped = self.stopped || !(self.emit)(found);
    }
}

#[cfg(unix)]
fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
fn is_loop(_: &io::Error) -> bool {
    false
}

/// The path that an error names.
fn path_of(error: &Error) -> Option<&Path> {
    match error {
        Error::WithPath { path, .. } => Some(path),
        Error::WithDepth { err, .. } | Error::WithLineNumber { err, .. } => path_of(err),
        Error::Partial(errors) => errors.iter().find_map(path_of),
        Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}
