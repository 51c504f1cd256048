//! The hash that generated names end with.
//!
//! Implements: hasher/hasher.go of sigs.k8s.io/kustomize/api v0.21.1.
//! Keeps:      the name that goes into the hash is always empty (upstream looks for a field called `metadata/name`).

use sha2::{Digest as _, Sha256};
use tidegate_base::Recorder;
use tidegate_yaml::{Kind, NodeId, Value, go, reread};

use crate::store::{Done, Fault, Store};

/// The ten characters behind the name of a ConfigMap or Secret.
///
/// # Errors
/// The object is of another kind, or holds what JSON cannot.
pub(crate) fn hash<R: Recorder>(store: &Store<R>, node: NodeId) -> Done<String> {
    let kind = store.text(node, "kind");
    let (fields, optional): (&[&str], _) = match kind {
        "ConfigMap" => (&["data", "kind", "name"], "binaryData"),
        "Secret" => (&["data", "kind", "name", "type"], "stringData"),
        _ => {
            let fault = Fault::at(format!("only ConfigMaps and Secrets can have a hash, this is a {kind}"), node);
            return Err(fault.code("no-hash").hint("set `disableNameSuffixHash: true`"));
        }
    };
    let mut entries = Vec::new();
    for field in fields {
        let value = match *field {
            "kind" => Value::Str(kind.to_owned()),
            "name" => field_value(store, node, "metadata/name")?,
            field => field_value(store, node, field)?,
        };
        entries.push(((*field).to_owned(), value));
    }
    let value = field_value(store, node, optional)?;
    if matches!(value, Value::Map(_)) {
        entries.push((optional.to_owned(), value));
    }
    let mut json = String::new();
    go::write_json(&mut json, &Value::Map(entries));
    Ok(encode(&Sha256::digest(json.as_bytes())))
}

fn field_value<R: Recorder>(store: &Store<R>, node: NodeId, field: &str) -> Done<Value> {
    let Some(found) = store.tree.get(node, field) else { return Ok(Value::Str(String::new())) };
    if store.tree.kind(found) == Kind::Scalar {
        return Ok(Value::Str(store.tree.value(found).to_owned()));
    }
    Ok(as_json(reread(&store.tree, found)?))
}

/// A value as Go reads it out of JSON: numbers are floats.
fn as_json(value: Value) -> Value {
    match value {
        Value::Int(it) => Value::Float(it as f64),
        Value::Uint(it) => Value::Float(it as f64),
        Value::Seq(items) => Value::Seq(items.into_iter().map(as_json).collect()),
        Value::Map(entries) => Value::Map(entries.into_iter().map(|it| (it.0, as_json(it.1))).collect()),
        other => other,
    }
}

/// The first ten hexadecimal digits, without vowels and what looks like them.
fn encode(digest: &[u8]) -> String {
    let digits = digest.iter().flat_map(|it| [it >> 4, it & 15]);
    digits.take(10).map(|it| char::from(b"gh2k456789mbcdtf"[it as usize])).collect()
}
