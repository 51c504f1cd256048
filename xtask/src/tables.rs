//! Compact tables derived from upstream's published data: facts only, no descriptions.
//!
//! `schema.json` is what `json.Marshal(openapi.Schema())` of sigs.k8s.io/kustomize/kyaml v0.21.1 gives with its built-in
//! Kubernetes v1.21.2 schema; `defaults.json` is what `json.Marshal(builtinconfig.MakeDefaultConfig())` of
//! sigs.k8s.io/kustomize/api v0.21.1 gives. Both are Apache-2.0; a few lines of Go beside those modules print them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::conformance::read;

const NOTICE: &str = "\
//! Written by `cargo xtask tables`; not by hand.
//!
";

/// `cargo xtask tables schema.json defaults.json`
pub(crate) fn run(args: &[String]) -> Result<bool> {
    let [schema, defaults] = args else { bail!("two files are due: schema.json defaults.json") };
    let schema: Value = serde_json::from_str(&read(Path::new(schema))?)?;
    let defaults: Value = serde_json::from_str(&read(Path::new(defaults))?)?;
    write("src/schema/table.rs", &schema_table(&schema)?)?;
    write("src/config/defaults.rs", &defaults_table(&defaults)?)?;
    Ok(true)
}

#[expect(clippy::disallowed_methods, reason = "a tool of the project writes its data")]
fn write(path: &str, text: &str) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/tidegate-kustomize").join(path);
    std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))
}

/// A schema as the merge needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    fields: Vec<(String, usize)>,
    additional: Option<usize>,
    items: Option<usize>,
    strategy: Option<String>,
    keys: Vec<String>,
}

struct Builder<'a> {
    definitions: &'a serde_json::Map<String, Value>,
    nodes: Vec<Node>,
    of_definition: BTreeMap<String, usize>,
}

impl Builder<'_> {
    fn node(&mut self, schema: &Value) -> Result<usize> {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.definition(reference.trim_start_matches("#/definitions/"));
        }
        let node = self.content(schema)?;
        if let Some(found) = self.nodes.iter().position(|it| *it == node) {
            return Ok(found);
        }
        self.nodes.push(node);
        Ok(self.nodes.len() - 1)
    }

    fn definition(&mut self, name: &str) -> Result<usize> {
        if let Some(found) = self.of_definition.get(name) {
            return Ok(*found);
        }
        let index = self.nodes.len();
        self.of_definition.insert(name.to_owned(), index);
        // Held open, so that a definition may refer to itself.
        self.nodes.push(Node { strategy: Some(format!("open {name}")), ..Node::default() });
        let schema = self.definitions.get(name).with_context(|| format!("definition {name}"))?.clone();
        self.nodes[index] = self.content(&schema)?;
        Ok(index)
    }

    fn content(&mut self, schema: &Value) -> Result<Node> {
        let mut node = Node::default();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let target = self.node(property)?;
            node.fields.push((name.clone(), target));
        }
        node.fields.sort();
        if schema["additionalProperties"].is_object() {
            node.additional = Some(self.node(&schema["additionalProperties"])?);
        }
        if schema["type"] == "array" && schema["items"].is_object() {
            node.items = Some(self.node(&schema["items"])?);
        }
        node.strategy = schema["x-kubernetes-patch-strategy"].as_str().map(str::to_owned);
        node.keys = match schema["x-kubernetes-list-map-keys"].as_array() {
            Some(keys) => keys.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect(),
            None => schema["x-kubernetes-patch-merge-key"].as_str().map(str::to_owned).into_iter().collect(),
        };
        Ok(node)
    }
}

fn schema_table(schema: &Value) -> Result<String> {
    let definitions = schema["definitions"].as_object().context("definitions")?;
    let mut builder = Builder { definitions, nodes: Vec::new(), of_definition: BTreeMap::new() };
    let mut kinds = Vec::new();
    for (name, definition) in definitions {
        builder.definition(name)?;
        for kind in definition["x-kubernetes-group-version-kind"].as_array().into_iter().flatten() {
            let group = kind["group"].as_str().unwrap_or_default();
            let version = kind["version"].as_str().context("version")?;
            let api = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
            let node = builder.definition(name)?;
            kinds.push((api, kind["kind"].as_str().context("kind")?.to_owned(), node));
        }
    }
    kinds.sort();
    let nodes = builder.nodes;
    let of_definition = builder.of_definition;
    let names: BTreeSet<&str> = nodes.iter().flat_map(|it| it.fields.iter().map(|it| it.0.as_str())).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let mut out = format!(
        "{NOTICE}//! Patch strategies and merge keys of Kubernetes v1.21.2, as sigs.k8s.io/kustomize/kyaml v0.21.1 has them\n\
         //! (openapi/kubernetesapi/v1_21_2; Apache-2.0).\n\nuse super::{{NONE, Row}};\n\n\
         /// Names of fields, sorted.\npub(super) static NAMES: &[&str] = &[\n"
    );
    for name in &names {
        let _ = writeln!(out, "    {name:?},");
    }
    out.push_str("];\n\n/// Name and schema of fields; a schema's fields stand together, sorted by name.\n");
    out.push_str("pub(super) static FIELDS: &[(u16, u16)] = &[\n");
    let mut rows = String::new();
    let mut at = 0;
    for node in &nodes {
        for (name, target) in &node.fields {
            let name = names.binary_search(&name.as_str()).ok().context("a known name")?;
            let _ = writeln!(out, "    ({name}, {target}),");
        }
        let index = |it: Option<usize>| it.map_or_else(|| "NONE".to_owned(), |it| it.to_string());
        let _ = writeln!(
            rows,
            "    Row {{ fields: ({at}, {}), additional: {}, items: {}, strategy: {:?}, keys: &{:?} }},",
            node.fields.len(),
            index(node.additional),
            index(node.items),
            node.strategy.as_deref(),
            node.keys,
        );
        at += node.fields.len();
    }
    let _ = write!(out, "];\n\n/// Schemas.\npub(super) static ROWS: &[Row] = &[\n{rows}];\n\n");
    out.push_str("/// API version, kind and schema, sorted.\npub(super) static KINDS: &[(&str, &str, u16)] = &[\n");
    for (api, kind, node) in kinds {
        let _ = writeln!(out, "    ({api:?}, {kind:?}, {node}),");
    }
    out.push_str("];\n\n/// Names of definitions and their schemas, sorted.\n");
    out.push_str("pub(super) static DEFINITIONS: &[(&str, u16)] = &[\n");
    for (name, node) in of_definition {
        let _ = writeln!(out, "    ({name:?}, {node}),");
    }
    out.push_str("];\n");
    Ok(out)
}

fn spec(value: &Value) -> String {
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let create = value["create"].as_bool().unwrap_or_default();
    format!("({:?}, {:?}, {:?}, {:?}, {create})", text("group"), text("version"), text("kind"), text("path"))
}

fn defaults_table(defaults: &Value) -> Result<String> {
    let mut out = format!(
        "{NOTICE}//! Where the built-in transformers look: group, version, kind, path, whether the field is created. From\n\
         //! sigs.k8s.io/kustomize/api v0.21.1 (internal/konfig/builtinpluginconsts; Apache-2.0), in its order.\n\n\
         type Spec = (&'static str, &'static str, &'static str, &'static str, bool);\n"
    );
    for (name, value) in defaults.as_object().context("an object")? {
        let constant: String =
            name.chars().flat_map(|it| it.is_uppercase().then_some('_').into_iter().chain(it.to_uppercase())).collect();
        let list = value.as_array().context("a list")?;
        if name == "nameReference" {
            let _ = write!(
                out,
                "\n/// Referred kinds, each with the fields that refer to it.\n\
                 pub(super) static {constant}: &[(&str, &str, &str, &[Spec])] = &[\n"
            );
            for entry in list {
                let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
                let _ = writeln!(out, "    ({:?}, {:?}, {:?}, &[", text("group"), text("version"), text("kind"));
                for field in entry["fieldSpecs"].as_array().into_iter().flatten() {
                    let _ = writeln!(out, "        {},", spec(field));
                }
                out.push_str("    ]),\n");
            }
        } else {
            let _ = write!(out, "\n/// `{name}`\npub(super) static {constant}: &[Spec] = &[\n");
            for field in list {
                let _ = writeln!(out, "    {},", spec(field));
            }
        }
        out.push_str("];\n");
    }
    Ok(out)
}
