use super::*;

#[test]
fn paths_split_with_escapes_and_brackets() {
    assert_eq!(split_path("a/b\\/c/d", '/'), ["a", "b/c", "d"]);
    assert_eq!(split_path("/a/b", '/'), ["a", "b"]);
    assert_eq!(
        split_smart_path("spec.containers.[name=a.b].image", '.'),
        ["spec", "containers", "[name=a.b]", "image"]
    );
    assert_eq!(split_smart_path("metadata.annotations.[a.b/c]", '.'), ["metadata", "annotations", "a.b/c"]);
}

#[test]
fn yaml_1_1_has_words_of_its_own() {
    for text in ["yes", "on", "1", "1.5", "~", "null", "0x1F", "a: b", "[x]", "# c", "- a"] {
        assert!(is_yaml11_non_string(text), "{text}");
    }
    for text in ["", "abc", "2001-01-01", "1:30", "a b", "'1'", "*x", "a\nb", "%"] {
        assert!(!is_yaml11_non_string(text), "{text}");
    }
}
