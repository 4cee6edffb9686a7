//! Walks real folders.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use clipfind_walk::{
    Found, Identifier, Known, Request, Root, Rules, STATS, check, content_hash, walk,
};
use tempfile::TempDir;

fn tree(files: &[&str]) -> TempDir {
    let root = TempDir::with_prefix("clipfind-walk-").unwrap();
    for file in files {
        put(root.path(), file, file);
    }
    root
}

fn put(root: &Path, file: &str, content: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn request(root: &Path, rules: Rules) -> Request {
    let extensions = vec!["jpg".into(), "jpeg".into(), "png".into()];
    let rules = Rules { extensions, ..rules };
    Request { roots: vec![Root { path: root.to_path_buf(), rules }], known: HashMap::new() }
}

fn all(request: &Request) -> Vec<Found> {
    let mut found = Vec::new();
    walk(request, &mut |one| {
        found.push(one);
        true
    })
    .unwrap();
    found
}

/// Paths of all files found, below `root`, in byte order; problems as "PATH: kind".
fn files(root: &Path, request: &Request) -> Vec<String> {
    let mut paths = Vec::new();
    let below = |path: &Path| path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
    for found in all(request) {
        match found {
            Found::Directory(directory) => {
                assert_eq!(directory.stats.len() % STATS, 0);
                for name in directory.names.split(|&byte| byte == 0).filter(|name| !name.is_empty())
                {
                    paths.push(below(&directory.path.join(String::from_utf8_lossy(name).as_ref())));
                }
            }
            Found::Problem(problem) => {
                let kind = problem.error.map_or("rule".into(), |error| error.kind().to_string());
                paths.push(format!("{}: {kind}", below(&problem.path)));
            }
            Found::Unchanged { .. } => paths.push("unchanged".into()),
        }
    }
    paths.sort();
    paths
}

fn found_in(root: &TempDir, rules: Rules) -> Vec<String> {
    files(root.path(), &request(root.path(), rules))
}

#[test]
fn candidates_are_found_by_extension_whatever_its_case_and_junk_is_left_out() {
    let root = tree(&[
        "a.jpg",
        "B.JPEG",
        "c.txt",
        "noextension",
        ".hidden.jpg",
        "._apple.jpg",
        "sub/d.png",
        ".hidden/e.jpg",
        ".thumbnails/f.jpg",
        ".Trash-1000/files/g.jpg",
        "@eaDir/h.jpg",
        "#recycle/i.jpg",
        "__MACOSX/j.jpg",
        "System Volume Information/k.jpg",
        "node_modules/l.jpg",
        "$RECYCLE.BIN/m.jpg",
        "lost+found/n.jpg",
        "android/.nomedia",
        "android/o.jpg",
        "android/below/p.jpg",
    ]);
    assert_eq!(found_in(&root, Rules::default()), ["B.JPEG", "a.jpg", "sub/d.png"]);
    let hidden = Rules { hidden: true, ..Rules::default() };
    assert_eq!(
        found_in(&root, hidden),
        [".hidden.jpg", ".hidden/e.jpg", "B.JPEG", "a.jpg", "sub/d.png"]
    );
    let no_ignore = Rules { no_ignore: true, ..Rules::default() };
    assert_eq!(
        found_in(&root, no_ignore),
        [
            "#recycle/i.jpg",
            "$RECYCLE.BIN/m.jpg",
            "@eaDir/h.jpg",
            "B.JPEG",
            "System Volume Information/k.jpg",
            "__MACOSX/j.jpg",
            "a.jpg",
            "android/below/p.jpg",
            "android/o.jpg",
            "lost+found/n.jpg",
            "node_modules/l.jpg",
            "sub/d.png"
        ]
    );
    let everything = Rules { hidden: true, no_ignore: true, ..Rules::default() };
    assert_eq!(found_in(&root, everything).len(), 17);
}

#[test]
fn ignore_files_apply_from_their_folder_down_without_a_repository() {
    let root = tree(&[
        "a.jpg",
        "b/a.jpg",
        "b/keep/a.jpg",
        "c/a.jpg",
        "c/x.jpg",
        "d/a.jpg",
        "d/sub/a.jpg",
        "e.jpg",
    ]);
    put(root.path(), ".clipfindignore", "e.jpg\n");
    put(root.path(), "b/.gitignore", "*.jpg\n!keep/*.jpg\n");
    put(root.path(), "c/.ignore", "a.jpg\n");
    put(root.path(), "d/.clipfindignore", "/sub/\n");
    assert_eq!(found_in(&root, Rules::default()), ["a.jpg", "b/keep/a.jpg", "c/x.jpg", "d/a.jpg"]);
    let all = Rules { no_ignore: true, ..Rules::default() };
    assert_eq!(found_in(&root, all).len(), 8);
    // What was named is walked, whatever a folder above it says.
    assert_eq!(
        files(&root.path().join("d/sub"), &request(&root.path().join("d/sub"), Rules::default())),
        ["a.jpg"]
    );
}

#[test]
fn exclusions_are_globs_from_the_root_and_may_be_absolute() {
    let root = tree(&["a.jpg", "x/a.jpg", "x/raw/b.jpg", "y/raw/c.jpg", "y/d.png", "z/e.jpg"]);
    let excluding = |globs: &[&str]| Rules {
        exclude: globs.iter().map(ToString::to_string).collect(),
        ..Rules::default()
    };
    assert_eq!(found_in(&root, excluding(&["raw/", "*.png"])), ["a.jpg", "x/a.jpg", "z/e.jpg"]);
    assert_eq!(
        found_in(&root, excluding(&["/a.jpg", "x/**"])),
        ["y/d.png", "y/raw/c.jpg", "z/e.jpg"]
    );
    let absolute = root.path().join("y").to_str().unwrap().to_owned();
    assert_eq!(
        found_in(&root, excluding(&[&absolute])),
        ["a.jpg", "x/a.jpg", "x/raw/b.jpg", "z/e.jpg"]
    );
    let bad = request(root.path(), excluding(&["{a"]));
    let error = check(&bad).unwrap_err().to_string();
    assert!(error.starts_with("expected a glob to exclude, found {a: "), "{error}");
    assert!(walk(&bad, &mut |_| true).is_err());
}

#[cfg(unix)]
#[test]
fn links_are_followed_only_if_asked_and_each_real_file_counts_once() {
    use std::os::unix::fs::symlink;
    let outside = tree(&["p/q/1.jpg", "p/2.jpg", "3.jpg"]);
    let root = tree(&["a/1.jpg", "z/2.jpg"]);
    let at = |path: &str| root.path().join(path);
    symlink(root.path(), at("a/up")).unwrap();
    symlink("self", at("self")).unwrap();
    symlink("nowhere", at("broken.jpg")).unwrap();
    symlink(at("z"), at("b")).unwrap();
    symlink(at("z/2.jpg"), at("a/same.jpg")).unwrap();
    symlink(outside.path().join("p/q"), at("inner")).unwrap();
    symlink(outside.path().join("p"), at("outer")).unwrap();
    symlink(outside.path().join("3.jpg"), at("a/0.jpg")).unwrap();
    symlink(outside.path().join("3.jpg"), at("a/twice.jpg")).unwrap();
    symlink(outside.path().join("3.jpg"), at("a/other.txt")).unwrap();
    assert_eq!(found_in(&root, Rules::default()), ["a/1.jpg", "z/2.jpg"]);
    let follow = Rules { follow: true, ..Rules::default() };
    let once = ["a/0.jpg", "a/1.jpg", "inner/1.jpg", "outer/2.jpg", "z/2.jpg"];
    assert_eq!(found_in(&root, follow.clone()), once);
    // Names stay in byte order, linked ones among them.
    let found = all(&request(root.path(), follow));
    assert!(
        found
            .iter()
            .any(|one| matches!(one, Found::Directory(d) if d.names == b"0.jpg\x001.jpg\0"))
    );
}

#[cfg(unix)]
#[test]
fn a_walk_of_several_roots_takes_each_by_its_own_rules() {
    let root = tree(&["a.jpg", ".h.jpg", "in/b.jpg", "in/.h.jpg", "in/deep/c.jpg"]);
    let hidden = Rules { hidden: true, extensions: vec!["jpg".into()], ..Rules::default() };
    let mut both = request(root.path(), Rules::default());
    both.roots.push(Root { path: root.path().join("in"), rules: hidden });
    assert_eq!(files(root.path(), &both), ["a.jpg", "in/.h.jpg", "in/b.jpg", "in/deep/c.jpg"]);
    put(root.path(), "d.svg", "");
    put(root.path(), "in/e.svg", "");
    both.roots[1].rules.extensions = vec!["svg".into()];
    assert_eq!(files(root.path(), &both), ["a.jpg", "in/e.svg"]);
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_walked() {
    let root = tree(&["a.jpg", "b/c.jpg"]);
    put(root.path(), "b/.ignore", "a{b\n");
    assert_eq!(found_in(&root, Rules::default()), ["a.jpg", "b/.ignore: rule", "b/c.jpg"]);
    let gone = root.path().join("gone");
    assert_eq!(files(root.path(), &request(&gone, Rules::default())), ["gone: entity not found"]);
    let file = root.path().join("a.jpg");
    assert_eq!(files(root.path(), &request(&file, Rules::default())), ["a.jpg: not a directory"]);
}

#[cfg(unix)]
#[test]
fn names_are_bytes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let root = tree(&[]);
    let names: [&[u8]; 3] = [b"\xff\"'.jpg", b"caf\xe9.jpg", b"new\nline\t.jpg"];
    for name in names {
        fs::write(root.path().join(OsStr::from_bytes(name)), "x").unwrap();
    }
    let [Found::Directory(directory)] = &all(&request(root.path(), Rules::default()))[..] else {
        panic!()
    };
    assert_eq!(directory.names, b"caf\xe9.jpg\0new\nline\t.jpg\0\xff\"'.jpg\0");
}

#[cfg(unix)]
#[test]
fn paths_as_long_as_the_system_takes_are_walked() {
    let root = tree(&[]);
    let mut path = root.path().to_path_buf();
    while path.as_os_str().len() < 4000 {
        path.push("d".repeat(40));
    }
    fs::create_dir_all(&path).unwrap();
    fs::write(path.join("a.jpg"), "x").unwrap();
    let [Found::Directory(directory)] = &all(&request(root.path(), Rules::default()))[..] else {
        panic!()
    };
    assert_eq!(directory.path, path);
}

/// The digests of all directories found.
fn digests(request: &Request) -> HashMap<PathBuf, [u8; 16]> {
    all(request)
        .into_iter()
        .map(|found| match found {
            Found::Directory(directory) => (directory.path, directory.digest),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn a_directory_is_unchanged_if_names_sizes_times_and_inodes_are() {
    let root = tree(&["a/1.jpg", "a/2.jpg", "b/3.jpg", "empty/x.txt"]);
    let mut request = request(root.path(), Rules::default());
    let before = digests(&request);
    assert_eq!(before.len(), 2);
    let know = |name: &str, index| {
        let path = root.path().join(name);
        let digest = before.get(&path).copied();
        (path, Known { index, digest })
    };
    request.known = HashMap::from([know("a", 7), know("b", 8), know("empty", 9)]);
    // `empty` is known: that it has nothing now is told.
    let again = all(&request);
    assert!(
        matches!(
            &again[..],
            [
                Found::Unchanged { known: 7, files: 2 },
                Found::Unchanged { known: 8, files: 1 },
                Found::Directory(empty)
            ] if empty.known == Some(9) && empty.names.is_empty()
        ),
        "{again:?}"
    );

    let changed = |what: &str| {
        assert!(
            matches!(&all(&request)[0], Found::Directory(a) if a.known == Some(7)),
            "{what} goes unnoticed"
        );
    };
    let file = root.path().join("a/1.jpg");
    let time = fs::metadata(&file).unwrap().modified().unwrap();
    let set_time =
        || fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
    fs::write(&file, "A/1.JPG").unwrap();
    set_time();
    changed("another content of the same size and time");
    fs::rename(&file, root.path().join("a/0.jpg")).unwrap();
    changed("another name");
    fs::remove_file(root.path().join("a/0.jpg")).unwrap();
    changed("a file that is gone");
}

#[test]
fn a_walk_ends_when_nobody_listens() {
    let root = tree(&["a/1.jpg", "b/1.jpg", "c/1.jpg"]);
    let mut count = 0;
    walk(&request(root.path(), Rules::default()), &mut |_| {
        count += 1;
        false
    })
    .unwrap();
    assert_eq!(count, 1);
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let root = tree(&["a/1.jpg", "b/2.jpg", "c/3.jpg"]);
    let locked = root.path().join("b");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    let is_administrator = fs::read_dir(&locked).is_ok();
    let found = found_in(&root, Rules::default());
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    let b = if is_administrator { "b/2.jpg" } else { "b: permission denied" };
    assert_eq!(found, ["a/1.jpg", b, "c/3.jpg"]);
}

#[test]
fn a_file_is_identified_by_all_of_its_bytes() {
    let root = TempDir::with_prefix("clipfind-walk-").unwrap();
    let path = root.path().join("file");
    let mut identifier = Identifier::new(1_000_000);
    // Empty, within one piece, more than one piece.
    for size in [0, 5, 700_001] {
        let bytes: Vec<u8> = (0_u32..size).map(|at| at.to_le_bytes()[1]).collect();
        fs::write(&path, &bytes).unwrap();
        let identity = identifier.identify(&path).unwrap();
        assert_eq!(identity.hash, content_hash(&bytes));
        assert_eq!(identity.stats[0], i64::from(size));
    }
}

#[test]
fn what_is_no_whole_file_has_no_identity() {
    let root = tree(&["small", "large"]);
    fs::write(root.path().join("large"), [0; 11]).unwrap();
    let mut identifier = Identifier::new(10);
    assert!(identifier.identify(&root.path().join("small")).is_some());
    for name in ["large", "missing", "small/below", "."] {
        assert_eq!(identifier.identify(&root.path().join(name)), None, "{name}");
    }
    #[cfg(unix)]
    {
        let pipe = root.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(identifier.identify(&pipe), None);
    }
}

/// The sidecars of a folder, and its digest.
fn sidecars(root: &TempDir) -> (Vec<String>, clipfind_walk::Digest) {
    let found = all(&request(root.path(), Rules::default()));
    let [Found::Directory(directory)] = found.as_slice() else { panic!("one directory") };
    assert_eq!(directory.stats.len(), STATS);
    let names: Vec<String> = directory
        .sidecar_names
        .split(|&byte| byte == 0)
        .filter(|name| !name.is_empty())
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    assert_eq!(directory.sidecar_stats.len(), STATS * names.len());
    (names, directory.digest)
}

#[test]
fn sidecars_of_candidates_come_with_them_and_decide_the_digest() {
    let root = tree(&["a.jpg"]);
    let (none, plain) = sidecars(&root);
    assert!(none.is_empty());
    for stray in ["b.xmp", ".xmp", "a.jpg.txt.xmp", "a.Xmp", "ajpg.xmp", "a.xmpx"] {
        put(root.path(), stray, "");
    }
    fs::create_dir(root.path().join("a.XMP")).unwrap();
    assert_eq!(sidecars(&root), (Vec::new(), plain));
    put(root.path(), "a.xmp", "");
    put(root.path(), "a.jpg.XMP", "");
    let (names, two) = sidecars(&root);
    assert_eq!(names, ["a.jpg.XMP", "a.xmp"]);
    put(root.path(), "a.xmp", "changed");
    let (_, changed) = sidecars(&root);
    fs::remove_file(root.path().join("a.jpg.XMP")).unwrap();
    let (names, one) = sidecars(&root);
    assert_eq!(names, ["a.xmp"]);
    let digests = [plain, two, changed, one];
    assert!((0..4).all(|at| !digests[at + 1..].contains(&digests[at])));
    put(root.path(), ".ignore", "*.xmp");
    assert_eq!(sidecars(&root), (Vec::new(), plain));
}
