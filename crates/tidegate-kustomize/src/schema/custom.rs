//! Schemas of one's own: an OpenAPI v2 document, or a schema in a comment.

use std::collections::HashMap;

use tidegate_yaml::{ParseOptions, Schema as Yaml, Tree, Value, decode, decode_value, parse_first};

/// A schema, as far as merging needs it.
#[derive(Debug, Default)]
struct Row {
    fields: HashMap<String, u32>,
    additional: Option<u32>,
    items: Option<u32>,
    strategy: String,
    keys: Vec<String>,
    /// The definition that this stands for.
    reference: Option<String>,
}

/// Where a schema is.
pub(super) enum Found<'a> {
    /// In this document.
    Row(u32),
    /// In another one, as the definition of this name.
    Elsewhere(&'a str),
}

/// A document of schemas.
#[derive(Debug, Default)]
pub(super) struct Custom {
    rows: Vec<Row>,
    definitions: HashMap<String, u32>,
    kinds: HashMap<(String, String), u32>,
    scopes: HashMap<(String, String), bool>,
}

impl Custom {
    /// Reads `definitions` and `paths` of an OpenAPI v2 document in JSON or YAML.
    pub(super) fn from_file(bytes: &[u8]) -> Result<Self, String> {
        let text = decode(bytes).map_err(|it| it.to_string())?;
        let mut tree = Tree::default();
        let document = parse_first(&mut tree, &text, ParseOptions { comments: false, ..ParseOptions::default() })
            .map_err(|it| format!("the OpenAPI schema is no YAML: {it}"))?;
        let mut custom = Self::default();
        let Some(document) = document else { return Ok(custom) };
        let value = decode_value(&tree, document.root, Yaml::V2).map_err(|it| it.to_string())?;
        if !matches!(value, Value::Map(_)) {
            return Err("the OpenAPI schema is no mapping".to_owned());
        }
        for (name, schema) in entries(value.get("definitions")) {
            let row = custom.add(schema);
            custom.definitions.insert(name.clone(), row);
            for kind in items(schema.get("x-kubernetes-group-version-kind")) {
                if let Some(kind) = type_meta(kind) {
                    custom.kinds.insert(kind, row);
                }
            }
        }
        for (path, item) in entries(value.get("paths")) {
            let Some(kind) = item.get("get").and_then(|it| it.get("x-kubernetes-group-version-kind")) else { continue };
            if let Some(kind) = type_meta(kind) {
                let namespaced = path.contains("namespaces/{namespace}");
                *custom.scopes.entry(kind).or_insert(namespaced) |= namespaced;
            }
        }
        Ok(custom)
    }

    /// Reads one schema in JSON; nothing when it is none or says nothing.
    pub(super) fn from_comment(text: &str) -> Option<Self> {
        let mut tree = Tree::default();
        let document =
            parse_first(&mut tree, text.trim(), ParseOptions { comments: false, depth: 100 }).ok().flatten()?;
        let value = decode_value(&tree, document.root, Yaml::V2).ok()?;
        if !matches!(&value, Value::Map(entries) if !entries.is_empty()) || value.get("$openapi").is_some() {
            return None;
        }
        let mut custom = Self::default();
        custom.add(&value);
        Some(custom)
    }

    /// The schema that a comment holds.
    pub(super) fn root(&self) -> Option<Found<'_>> {
        self.resolve(0)
    }

    fn add(&mut self, schema: &Value) -> u32 {
        let index = self.rows.len() as u32;
        self.rows.push(Row::default());
        let text = |key: &str| schema.get(key).and_then(Value::as_str);
        let mut row = Row {
            strategy: text("x-kubernetes-patch-strategy").unwrap_or_default().to_owned(),
            reference: text("$ref").map(|it| it.trim_start_matches("#/definitions/").to_owned()),
            ..Row::default()
        };
        for (name, property) in entries(schema.get("properties")) {
            let target = self.add(property);
            row.fields.insert(name.clone(), target);
        }
        if let Some(additional @ Value::Map(_)) = schema.get("additionalProperties") {
            row.additional = Some(self.add(additional));
        }
        let is_array = match schema.get("type") {
            Some(Value::Str(it)) => it == "array",
            Some(Value::Seq(items)) => items.len() == 1 && items[0].as_str() == Some("array"),
            _ => false,
        };
        if let (true, Some(items @ Value::Map(_))) = (is_array, schema.get("items")) {
            row.items = Some(self.add(items));
        }
        row.keys = match schema.get("x-kubernetes-list-map-keys") {
            Some(Value::Seq(keys)) => keys.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect(),
            _ => text("x-kubernetes-patch-merge-key").map(str::to_owned).into_iter().collect(),
        };
        self.rows[index as usize] = row;
        index
    }

    /// Follows references; nothing when they turn in a circle.
    fn resolve(&self, row: u32) -> Option<Found<'_>> {
        let mut row = row;
        for _ in 0..100 {
            match &self.rows[row as usize].reference {
                None => return Some(Found::Row(row)),
                Some(name) => match self.definitions.get(name) {
                    Some(found) => row = *found,
                    None => return Some(Found::Elsewhere(name)),
                },
            }
        }
        None
    }

    pub(super) fn of_kind(&self, api_version: &str, kind: &str) -> Option<u32> {
        self.kinds.get(&(api_version.to_owned(), kind.to_owned())).copied()
    }

    /// A definition of this document, references not followed.
    pub(super) fn definition(&self, name: &str) -> Option<u32> {
        self.definitions.get(name).copied()
    }

    pub(super) fn is_namespaced(&self, api_version: &str, kind: &str) -> Option<bool> {
        self.scopes.get(&(api_version.to_owned(), kind.to_owned())).copied()
    }

    pub(super) fn field(&self, row: u32, name: &str) -> Option<Found<'_>> {
        let row = &self.rows[row as usize];
        self.resolve(row.fields.get(name).copied().or(row.additional)?)
    }

    pub(super) fn items(&self, row: u32) -> Option<Found<'_>> {
        self.resolve(self.rows[row as usize].items?)
    }

    pub(super) fn strategy(&self, row: u32) -> &str {
        &self.rows[row as usize].strategy
    }

    pub(super) fn merge_keys(&self, row: u32) -> &[String] {
        &self.rows[row as usize].keys
    }
}

fn entries(value: Option<&Value>) -> &[(String, Value)] {
    if let Some(Value::Map(entries)) = value { entries } else { &[] }
}

fn items(value: Option<&Value>) -> &[Value] {
    if let Some(Value::Seq(items)) = value { items } else { &[] }
}

fn type_meta(value: &Value) -> Option<(String, String)> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let version = text("version")?;
    let api_version = match text("group") {
        Some(group) if !group.is_empty() => format!("{group}/{version}"),
        _ => version.to_owned(),
    };
    Some((api_version, text("kind")?.to_owned()))
}
