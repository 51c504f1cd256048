//! The JSON Schemas and what they describe agree.

use crate::tree::{SMALL, Tree};

fn schema(name: &str) -> (jsonschema::Validator, serde_json::Value) {
    let text = Tree::new("").good(&["schema", name]);
    let schema: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    (jsonschema::draft202012::new(&schema).expect("a schema"), schema)
}

fn report(tree: &Tree, args: &[&str]) -> serde_json::Value {
    let args: Vec<&str> = ["build", "--all", "-o", "json"].iter().chain(args).copied().collect();
    serde_json::from_str(&tree.run(&args).out).expect("JSON")
}

#[track_caller]
fn assert_valid(validator: &jsonschema::Validator, value: &serde_json::Value) {
    let errors: Vec<String> = validator.iter_errors(value).map(|it| format!("{}: {it}", it.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:?} in {value:#}");
}

#[test]
fn reports_are_as_the_schema_says() {
    let (validator, _) = schema("build-all");
    let tree = Tree::new(SMALL);
    assert_valid(&validator, &report(&tree, &[]));
    tree.write("broken/kustomization.yaml", "resorces: []\nimages: {}\n");
    tree.write(
        "warned/kustomization.yaml",
        "resources: [../base]\npatches:\n  - target: { kind: X }\n    patch: |\n      - { op: remove, path: /spec }\n",
    );
    let real = report(&tree, &[]);
    assert_valid(&validator, &real);
    assert_valid(&validator, &report(&tree, &["--limit", "input-bytes=1"]));
    assert_valid(&validator, &report(&Tree::new(""), &[]));

    // The schema says something: what is not so does not pass.
    for (pointer, value) in [
        ("/roots/0/sha256", serde_json::json!("abc")),
        ("/roots/0/status", serde_json::json!("failed")),
        ("/roots/1/problems", serde_json::json!([])),
        ("/summary/built", serde_json::json!(-1)),
        ("/roots/0", serde_json::json!({ "path": "a" })),
    ] {
        let mut wrong = real.clone();
        *wrong.pointer_mut(pointer).expect(pointer) = value;
        assert!(!validator.is_valid(&wrong), "{pointer}");
    }
    let mut unknown = real.clone();
    unknown["roots"][0]["colour"] = "blue".into();
    assert!(!validator.is_valid(&unknown));
}

#[test]
fn every_field_of_a_schema_is_described() {
    fn look(value: &serde_json::Value, path: &str) {
        if let Some(properties) = value.get("properties").and_then(|it| it.as_object()) {
            for (name, field) in properties {
                let told =
                    field.get("description").is_some() || field.get("$ref").is_some() || field.get("const").is_some();
                assert!(told || field.is_boolean(), "{path}/{name}");
            }
        }
        match value {
            serde_json::Value::Object(fields) => {
                fields.iter().for_each(|(name, it)| look(it, &format!("{path}/{name}")))
            }
            serde_json::Value::Array(items) => items.iter().for_each(|it| look(it, path)),
            _ => {}
        }
    }
    for name in ["build-all", "tidegate"] {
        look(&schema(name).1, name);
    }
}

/// Settings are read if and only if the schema allows them.
#[test]
fn settings_are_read_as_the_schema_says() {
    let (validator, _) = schema("tidegate");
    let tree = Tree::new(SMALL);
    tree.write("vendor/a/kustomization.yaml", "namePrefix: a-\n");
    for (good, json, text) in [
        (true, "null", ""),
        (true, "null", "# nothing\n"),
        (true, "{}", "{}\n"),
        (true, r#"{"remoteBases":{}}"#, "remoteBases: {}\n"),
        (
            true,
            r#"{"remoteBases":{"https://example.com/a?ref=v1":"vendor/a"}}"#,
            "remoteBases:\n  https://example.com/a?ref=v1: vendor/a\n",
        ),
        (false, "[]", "[]\n"),
        (false, "5", "5\n"),
        (false, r#"{"remotebases":{}}"#, "remotebases: {}\n"),
        (false, r#"{"remoteBases":[]}"#, "remoteBases: []\n"),
        (false, r#"{"remoteBases":null}"#, "remoteBases:\n"),
        (false, r#"{"remoteBases":{"u":null}}"#, "remoteBases: { u: }\n"),
        (false, r#"{"remoteBases":{"u":5}}"#, "remoteBases: { u: 5 }\n"),
        (false, r#"{"remoteBases":{"u":true}}"#, "remoteBases: { u: true }\n"),
        (false, r#"{"remoteBases":{"u":""}}"#, "remoteBases: { u: '' }\n"),
        (false, r#"{"remoteBases":{"u":["vendor/a"]}}"#, "remoteBases: { u: [vendor/a] }\n"),
        (false, r#"{"remoteBases":{"u":"/vendor/a"}}"#, "remoteBases: { u: /vendor/a }\n"),
        (false, r#"{"remoteBases":{"":"vendor/a"}}"#, "remoteBases: { '': vendor/a }\n"),
        (false, r#"{"remoteBases":{"u":"vendor/a"},"more":1}"#, "remoteBases: { u: vendor/a }\nmore: 1\n"),
    ] {
        let value = serde_json::from_str(json).expect("JSON");
        assert_eq!(validator.is_valid(&value), good, "the schema on {json}");
        tree.write("tidegate.yaml", text);
        let ran = tree.run(&["build", "base"]);
        assert_eq!(ran.code == Some(0), good, "the reader on {text}: {}", ran.err);
        if !good {
            assert!(ran.err.contains("tidegate.yaml"), "{}", ran.err);
        }
    }
}
