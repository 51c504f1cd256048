use super::*;

#[test]
fn built_in_lists_have_their_merge_keys() {
    let mut schemas = Schemas::default();
    let mut schema = schemas.of_kind("apps/v1", "Deployment").expect("a built-in kind");
    for name in ["spec", "template", "spec", "containers"] {
        schema = schemas.field(schema, name).expect(name);
    }
    assert!(schemas.is_associative(schema));
    assert_eq!(schemas.merge_keys(schema), ["name"]);
    let container = schemas.items(schema).expect("items");
    let ports = schemas.field(container, "ports").expect("ports");
    assert_eq!(schemas.merge_keys(ports), ["containerPort", "protocol"]);
    let args = schemas.field(container, "args").expect("args");
    assert!(!schemas.is_associative(args));
}

#[test]
fn scopes_are_known_without_a_schema() {
    let mut schemas = Schemas::default();
    assert_eq!(schemas.is_namespaced("v1", "Namespace"), Some(false));
    assert_eq!(schemas.is_namespaced("v1", "ConfigMap"), Some(true));
    assert_eq!(schemas.is_namespaced("example.com/v1", "Thing"), None);
}

#[test]
fn a_schema_of_ones_own_replaces_the_built_in_one() {
    let mut schemas = Schemas::default();
    let own = br##"{"definitions": {"v1.Thing": {
        "properties": {"list": {"$ref": "#/definitions/v1.List"}},
        "x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "Thing"}]},
        "v1.List": {"type": "array", "items": {"type": "object"},
        "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "id"}}}"##;
    schemas.choose(None, Some(own), true).expect("a schema");
    let thing = schemas.of_kind("example.com/v1", "Thing").expect("the kind");
    let list = schemas.field(thing, "list").expect("the field");
    assert_eq!(schemas.merge_keys(list), ["id"]);
    assert_eq!(schemas.of_kind("apps/v1", "Deployment"), None);
}

#[test]
fn a_comment_may_hold_a_schema() {
    let mut schemas = Schemas::default();
    let text = r#"# {"type":"array","x-kubernetes-patch-strategy":"merge","x-kubernetes-patch-merge-key":"name"}"#;
    let schema = schemas.of_comment(text).expect("a schema");
    assert_eq!(schemas.merge_keys(schema), ["name"]);
    assert_eq!(schemas.of_comment("# just words"), None);
}
