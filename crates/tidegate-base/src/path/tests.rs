use super::*;

fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).expect("a path below the root")
}

#[test]
fn dots_and_slashes_are_normalised() {
    assert_eq!(path("./a//b/../c/").as_str(), "a/c");
    assert_eq!(path("a").join("../b").expect("inside").as_str(), "b");
    assert_eq!(path("a/..").as_str(), "");
}

#[test]
fn leaving_the_root_is_refused() {
    assert!(matches!(RepoPath::parse(".."), Err(PathError::Escapes { .. })));
    assert!(matches!(path("a").join("../../b"), Err(PathError::Escapes { .. })));
    assert!(matches!(RepoPath::parse("/etc/hostname"), Err(PathError::Absolute { .. })));
    assert!(matches!(RepoPath::parse("a\0b"), Err(PathError::Nul { .. })));
}

#[test]
fn within_compares_whole_parts() {
    assert!(path("a/b").is_within(&path("a")));
    assert!(path("a").is_within(&path("a")));
    assert!(!path("ab").is_within(&path("a")));
    assert!(path("x").is_within(&RepoPath::root()));
}

#[test]
fn relative_paths_climb() {
    assert_eq!(path("a/b").relative_to(&path("a/c")), "../b");
    assert_eq!(path("a/b").relative_to(&RepoPath::root()), "a/b");
    assert_eq!(path("a").relative_to(&path("a")), ".");
    assert_eq!(path("a/b").parent().expect("has one").as_str(), "a");
    assert_eq!(path("a/b").name(), Some("b"));
}
