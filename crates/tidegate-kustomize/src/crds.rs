//! `crds`: where objects of custom kinds hold names, labels and annotations, told by OpenAPI definitions.
//!
//! Implements: internal/accumulator/loadconfigfromcrds.go of sigs.k8s.io/kustomize/api v0.21.1.
//! Keeps:      a definition counts if it has `apiVersion`, `kind` and `metadata`; its kind is the last part of its name.
//! Refuses:    definitions that refer to each other in a circle, on which upstream overflows its stack.

use std::sync::Arc;

use tidegate_base::Recorder;
use tidegate_yaml::{Schema, Value, decode_value};

use crate::{
    build::{Build, Failed, Reported},
    config::{BackReference, Config},
    field_spec::{FieldSpec, merge_one},
    id::Gvk,
    load::read_yaml,
    reader::Text,
    store::Fault,
    text::Spot,
};

/// What the files at `paths` say.
pub(crate) fn load<R: Recorder>(build: &mut Build<'_, R>, folder: &Spot, paths: &[Text]) -> Reported<Arc<Config>> {
    let mut config: Arc<Config> = Arc::default();
    let mut failed = false;
    for path in paths {
        match load_one(build, folder, path) {
            Ok(more) => match config.merged(&more) {
                Ok(merged) => config = merged,
                Err(message) => {
                    build.fail(Fault::at(message, path.at).code("config-conflict"));
                    failed = true;
                }
            },
            Err(Failed) => failed = true,
        }
    }
    if failed { Err(Failed) } else { Ok(config) }
}

fn load_one<R: Recorder>(build: &mut Build<'_, R>, folder: &Spot, path: &Text) -> Reported<Arc<Config>> {
    let spot = build.find_named(folder, path)?;
    let root = read_yaml(build, &spot)?;
    let empty = || Fault::new(format!("`{}` is empty", path.value)).code("invalid-crd");
    let Some(root) = root else { return Err(build.fail(empty().or_at(path.at))) };
    let value = decode_value(&build.store.tree, root, Schema::V2).map_err(Fault::from);
    let value = build.report(value)?;
    let config = Definitions { value: &value }.config();
    let config = config.map_err(|it| Fault::at(it, root).code("invalid-crd"));
    build.report(config).map(Arc::new)
}

struct Definitions<'v> {
    value: &'v Value,
}

/// Definitions that lead to each other.
const LEVELS: usize = 64;

impl Definitions<'_> {
    fn config(&self) -> Result<Config, String> {
        let mut config = Config::default();
        let Value::Map(definitions) = self.value else {
            return Err("a mapping of names to OpenAPI definitions is due".to_owned());
        };
        for (name, definition) in definitions {
            let properties = properties(definition);
            let has = |name: &str| properties.iter().any(|it| it.0 == name);
            if !(has("kind") && has("apiVersion") && has("metadata")) {
                continue;
            }
            let kind = name.rsplit('.').next().unwrap_or(name);
            let gvk = Gvk { kind: kind.into(), ..Gvk::default() };
            let mut path = Vec::new();
            self.read(&mut config, &gvk, name, &mut path)?;
        }
        config.sort();
        Ok(config)
    }

    fn read(&self, config: &mut Config, gvk: &Gvk, name: &str, path: &mut Vec<String>) -> Result<(), String> {
        if path.len() > LEVELS {
            return Err(format!("the definition `{name}` refers to itself"));
        }
        let Some(definition) = self.value.get(name) else { return Ok(()) };
        for (property, schema) in properties(definition) {
            path.push(property.clone());
            let text = |name: &str| schema.get(name).and_then(Value::as_str);
            let spec = || FieldSpec::new(gvk.clone(), &path.join("/"), false);
            if text("x-kubernetes-annotation").is_some() {
                merge_one(&mut config.common_annotations, &spec())?;
            }
            if text("x-kubernetes-label-selector").is_some() {
                merge_one(&mut config.common_labels, &spec())?;
            }
            if text("x-kubernetes-identity").is_some() {
                merge_one(&mut config.name_prefix, &spec())?;
            }
            if let (Some(version), Some(kind)) =
                (text("x-kubernetes-object-ref-api-version"), text("x-kubernetes-object-ref-kind"))
            {
                let key = text("x-kubernetes-object-ref-name-key").unwrap_or("name");
                let referrer = FieldSpec::new(gvk.clone(), &format!("{}/{key}", path.join("/")), false);
                let gvk = Gvk { version: version.into(), kind: kind.into(), ..Gvk::default() };
                config.refer(&BackReference { gvk, referrers: vec![referrer] })?;
            }
            if let Some(reference) = text("$ref") {
                self.read(config, gvk, reference, path)?;
            }
            path.pop();
        }
        Ok(())
    }
}

/// The properties of a definition, sorted by name: upstream has them in no order.
fn properties(definition: &Value) -> Vec<&(String, Value)> {
    let found = definition.get("Schema").or_else(|| definition.get("schema")).and_then(|it| it.get("properties"));
    let Some(Value::Map(properties)) = found else { return Vec::new() };
    let mut properties: Vec<_> = properties.iter().collect();
    properties.sort_by(|a, b| a.0.cmp(&b.0));
    properties
}
