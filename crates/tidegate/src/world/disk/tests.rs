use std::os::unix::fs::symlink;

use super::*;

fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).expect("a path")
}

#[expect(clippy::disallowed_methods, reason = "the tree that is read is made here")]
/// A tree with links of every sort, and a file beside it.
fn world() -> (tempfile::TempDir, DiskWorld) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("root");
    std::fs::create_dir_all(root.join("a/b")).expect("a folder");
    for (file, content) in [("a/b/file", "inner"), ("top", "top"), ("../secret", "secret")] {
        std::fs::write(root.join(file), content).expect("a file");
    }
    for (link, target) in [
        ("to-b", "a/b"),
        ("a/b/up", "../../top"),
        ("out", "../secret"),
        ("out-folder", ".."),
        ("loop", "loop"),
        ("dangling", "nothing"),
        ("chain", "to-b/up"),
    ] {
        symlink(target, root.join(link)).expect("a link");
    }
    symlink(root.join("top"), root.join("absolute")).expect("a link");
    symlink("/etc/passwd", root.join("system")).expect("a link");
    let world = DiskWorld::open(&root, "root").expect("a world");
    (folder, world)
}

#[test]
fn links_inside_the_root_are_followed() {
    let (_folder, world) = world();
    assert_eq!(world.find(&path("to-b/file")).map(|it| it.real), Ok(path("a/b/file")));
    for link in ["chain", "absolute", "a/b/up", "to-b/up"] {
        assert_eq!(world.find(&path(link)).map(|it| it.real), Ok(path("top")), "{link}");
        assert_eq!(world.read(&path(link), 100).as_deref(), Ok(&b"top"[..]), "{link}");
    }
}

#[test]
fn links_out_of_the_root_are_refused() {
    let (_folder, world) = world();
    for link in ["out", "out-folder", "out-folder/secret", "system"] {
        assert!(matches!(world.find(&path(link)), Err(WorldError::Outside { .. })), "{link}");
        assert!(matches!(world.read(&path(link), 100), Err(WorldError::Outside { .. })), "{link}");
    }
}

#[test]
fn links_that_lead_nowhere_are_told_apart() {
    let (_folder, world) = world();
    assert_eq!(world.find(&path("loop")), Err(WorldError::Loop(path("loop"))));
    assert_eq!(world.find(&path("dangling")), Err(WorldError::Missing(path("dangling"))));
    assert_eq!(world.find(&path("top/file")), Err(WorldError::Missing(path("top/file"))));
}

#[test]
fn a_file_is_read_up_to_the_limit() {
    let (_folder, world) = world();
    assert_eq!(world.read(&path("top"), 3).as_deref(), Ok(&b"top"[..]));
    let refused = world.read(&path("top"), 2);
    assert!(matches!(refused, Err(WorldError::TooLarge { size: 3, limit: 2, .. })), "{refused:?}");
    assert_eq!(world.read(&path("a"), 100), Err(WorldError::IsFolder(path("a"))));
}

#[test]
fn a_folder_is_listed_with_links_as_what_they_lead_to() {
    let (_folder, world) = world();
    let entries = world.list(&path("")).expect("a listing");
    let kind = |name: &str| entries.iter().find(|it| it.name == name).map(|it| (it.kind, it.is_link));
    assert_eq!(kind("a"), Some((FileKind::Folder, false)));
    assert_eq!(kind("to-b"), Some((FileKind::Folder, true)));
    assert_eq!(kind("out"), Some((FileKind::Other, true)));
    assert!(entries.is_sorted_by_key(|it| it.name.clone()));
}
