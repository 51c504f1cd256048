//! What is known of a kind: whether it belongs to a namespace, and how its lists merge.
//!
//! In: API version, kind and field names. Out: patch strategies and merge keys.
//!
//! Implements: openapi/openapi.go of sigs.k8s.io/kustomize/kyaml v0.21.1, with the built-in schema of Kubernetes
//!             v1.21.2, `openapi:` of a kustomization file, and schemas in comments (fieldmeta/fieldmeta.go).
//! Keeps:      a schema of one's own replaces the built-in one; the first kustomization that names one decides for the
//!             whole build, the root above all; a list in a schema of unknown type has no merge key.
//! Differs:    the state belongs to one build, so that no build changes another. A built-in definition does not refer
//!             to one's own of the same name.

mod custom;
mod scope;
mod table;

use custom::{Custom, Found};

/// No schema in a table.
const NONE: u16 = u16::MAX;

/// A schema of the built-in table.
struct Row {
    fields: (u16, u16),
    additional: u16,
    items: u16,
    strategy: Option<&'static str>,
    keys: &'static [&'static str],
}

/// The schema of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schema {
    /// Of the built-in table.
    Builtin(u16),
    /// Of one's own: which file or comment, and where in it.
    Custom(u32, u32),
}

/// What kustomize's global schema is, for one build.
#[derive(Debug, Default)]
pub(crate) struct Schemas {
    /// `openapi.version`, or that a file is used.
    version: Option<String>,
    /// The file that is used from the next look on.
    pending: Option<u32>,
    customs: Vec<Custom>,
    /// What was read, in this order; later ones are asked first.
    layers: Vec<Layer>,
    initialised: bool,
    /// The built-in schema was asked for while it was not read.
    delayed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    Builtin,
    Custom(u32),
}

/// The one version that is built in.
const BUILTIN_VERSION: &str = "v1.21.2";

impl Schemas {
    /// Uses a schema of one's own, or a built-in version, unless one was chosen before and this is not the root.
    ///
    /// # Errors
    /// Both are given, the version is not built in, or the text is no schema; gives a message.
    pub(crate) fn choose(&mut self, version: Option<&str>, file: Option<&[u8]>, root: bool) -> Result<(), String> {
        if (self.version.is_some() || self.pending.is_some()) && !root {
            return Ok(());
        }
        if let Some(file) = file {
            if version.is_some() {
                return Err("`openapi` names both a version and a path".to_owned());
            }
            self.customs.push(Custom::from_file(file)?);
            self.pending = Some(self.customs.len() as u32 - 1);
            self.version = Some("custom".to_owned());
            self.initialised = false;
            return Ok(());
        }
        self.version = version.filter(|it| !it.is_empty()).map(str::to_owned);
        match &self.version {
            Some(version) if version != BUILTIN_VERSION => {
                Err(format!("the OpenAPI version `{version}` is not built in; only `{BUILTIN_VERSION}` is"))
            }
            Some(_) => {
                self.pending = None;
                self.initialised = false;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The built-in version that is used, or that a file is.
    fn initialise(&mut self) {
        if self.initialised {
            return;
        }
        self.initialised = true;
        match self.pending {
            Some(custom) => self.layers.push(Layer::Custom(custom)),
            None => self.layers.push(Layer::Builtin),
        }
        if std::mem::take(&mut self.delayed) && !self.layers.contains(&Layer::Builtin) {
            self.layers.push(Layer::Builtin);
        }
    }

    /// Whether the kind belongs to a namespace; nothing when it is not known.
    pub(crate) fn is_namespaced(&mut self, api_version: &str, kind: &str) -> Option<bool> {
        let known = scope::SCOPES.binary_search_by(|it| (it.0, it.1).cmp(&(api_version, kind)));
        if let Ok(known) = known {
            return Some(scope::SCOPES[known].2);
        }
        if !self.initialised {
            if self.pending.is_none() {
                self.delayed |= !self.layers.contains(&Layer::Builtin);
                return None;
            }
            self.initialise();
        }
        self.layers.iter().rev().find_map(|layer| match layer {
            Layer::Builtin => None,
            Layer::Custom(custom) => self.customs[*custom as usize].is_namespaced(api_version, kind),
        })
    }

    /// Whether the kind is known to belong to the cluster.
    pub(crate) fn is_cluster_scoped(&mut self, api_version: &str, kind: &str) -> bool {
        self.is_namespaced(api_version, kind) == Some(false)
    }

    /// The schema of a kind.
    pub(crate) fn of_kind(&mut self, api_version: &str, kind: &str) -> Option<Schema> {
        self.initialise();
        self.layers.iter().rev().find_map(|layer| match layer {
            Layer::Builtin => {
                let found = table::KINDS.binary_search_by(|it| (it.0, it.1).cmp(&(api_version, kind))).ok()?;
                Some(Schema::Builtin(table::KINDS[found].2))
            }
            Layer::Custom(custom) => {
                let row = self.customs[*custom as usize].of_kind(api_version, kind)?;
                Some(Schema::Custom(*custom, row))
            }
        })
    }

    /// The schema that a comment holds, such as `{"x-kubernetes-patch-merge-key": "name", …}`.
    pub(crate) fn of_comment(&mut self, comment: &str) -> Option<Schema> {
        let text = comment.trim_start_matches('#');
        if !text.trim_start().starts_with('{') {
            return None;
        }
        let custom = Custom::from_comment(text)?;
        self.customs.push(custom);
        let index = self.customs.len() as u32 - 1;
        self.found(index, self.customs[index as usize].root()?)
    }

    /// A schema of one's own may refer to a definition of another one that was read, the built-in one included.
    fn found(&self, custom: u32, found: Found<'_>) -> Option<Schema> {
        match found {
            Found::Row(row) => Some(Schema::Custom(custom, row)),
            Found::Elsewhere(name) => self.layers.iter().rev().find_map(|layer| match layer {
                Layer::Builtin => {
                    let found = table::DEFINITIONS.binary_search_by(|it| it.0.cmp(name)).ok()?;
                    Some(Schema::Builtin(table::DEFINITIONS[found].1))
                }
                Layer::Custom(other) => {
                    let row = self.customs[*other as usize].definition(name)?;
                    Some(Schema::Custom(*other, row))
                }
            }),
        }
    }

    /// The schema of a field.
    pub(crate) fn field(&self, schema: Schema, name: &str) -> Option<Schema> {
        match schema {
            Schema::Builtin(row) => {
                let row = &table::ROWS[row as usize];
                let from = row.fields.0 as usize;
                let fields = &table::FIELDS[from..from + row.fields.1 as usize];
                match fields.binary_search_by(|it| table::NAMES[it.0 as usize].cmp(name)) {
                    Ok(found) => Some(Schema::Builtin(fields[found].1)),
                    Err(_) => (row.additional != NONE).then_some(Schema::Builtin(row.additional)),
                }
            }
            Schema::Custom(custom, row) => self.found(custom, self.customs[custom as usize].field(row, name)?),
        }
    }

    /// The schema of the items of a list.
    pub(crate) fn items(&self, schema: Schema) -> Option<Schema> {
        match schema {
            Schema::Builtin(row) => {
                let items = table::ROWS[row as usize].items;
                (items != NONE).then_some(Schema::Builtin(items))
            }
            Schema::Custom(custom, row) => self.found(custom, self.customs[custom as usize].items(row)?),
        }
    }

    /// `x-kubernetes-patch-strategy`; empty when there is none.
    pub(crate) fn strategy(&self, schema: Schema) -> &str {
        match schema {
            Schema::Builtin(row) => table::ROWS[row as usize].strategy.unwrap_or_default(),
            Schema::Custom(custom, row) => self.customs[custom as usize].strategy(row),
        }
    }

    /// The merge keys of a list that has a patch strategy: `x-kubernetes-list-map-keys`, else
    /// `x-kubernetes-patch-merge-key`.
    pub(crate) fn merge_keys(&self, schema: Schema) -> Vec<String> {
        if self.strategy(schema).is_empty() {
            return Vec::new();
        }
        match schema {
            Schema::Builtin(row) => table::ROWS[row as usize].keys.iter().map(|it| (*it).to_owned()).collect(),
            Schema::Custom(custom, row) => self.customs[custom as usize].merge_keys(row).to_vec(),
        }
    }

    /// Whether a list with this schema merges item by item.
    pub(crate) fn is_associative(&self, schema: Schema) -> bool {
        self.strategy(schema).split(',').any(|it| it == "merge")
    }
}

#[cfg(test)]
mod tests;
