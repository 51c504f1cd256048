//! `configurations`: where transformers look, beyond what is built in.
//!
//! Implements: internal/plugins/builtinconfig/loaddefaultconfig.go of sigs.k8s.io/kustomize/api v0.21.1.
//! Keeps:      every list is sorted by kind; a field that two configurations name must be created by both or neither.

use std::sync::Arc;

use tidegate_base::Recorder;
use tidegate_yaml::{NodeId, Tree};

use crate::{
    build::{Build, Failed, Reported},
    config::{BackReference, Config},
    file::{field_specs, gvk},
    load::read_yaml,
    reader::{Read, Reader, Text},
    store::Fault,
    text::Spot,
};

const FIELDS: &[&str] = &[
    "namePrefix",
    "nameSuffix",
    "namespace",
    "commonLabels",
    "labels",
    "templateLabels",
    "commonAnnotations",
    "nameReference",
    "varReference",
    "images",
    "replicas",
];

/// The built-in configuration with what the files at `paths` say.
pub(crate) fn load<R: Recorder>(build: &mut Build<'_, R>, folder: &Spot, paths: &[Text]) -> Reported<Arc<Config>> {
    let mut config: Arc<Config> = Arc::default();
    let mut failed = false;
    for path in paths {
        let result = load_one(build, folder, path).and_then(|more| {
            let merged = config.merged(&more);
            build.report(merged.map_err(|it| disagreement(it, path)))
        });
        match result {
            Ok(merged) => config = merged,
            Err(Failed) => failed = true,
        }
    }
    if failed {
        return Err(Failed);
    }
    let merged = Config::builtin().merged(&config);
    build.report(merged.map_err(|it| match paths.first() {
        Some(path) => disagreement(it, path),
        None => Fault::new(it),
    }))
}

fn disagreement(message: String, path: &Text) -> Fault {
    Fault::at(message, path.at).code("config-conflict").hint("give both field specs the same `create`")
}

fn load_one<R: Recorder>(build: &mut Build<'_, R>, folder: &Spot, path: &Text) -> Reported<Arc<Config>> {
    let spot = build.find_named(folder, path)?;
    let Some(root) = read_yaml(build, &spot)? else { return Ok(Arc::default()) };
    let read = read(&build.store.tree, root);
    let failed = !read.faults.is_empty();
    // Upstream is strict here: what stands twice is an error as well.
    for fault in read.faults.into_iter().chain(read.warnings) {
        build.fail(fault.in_file(&spot));
    }
    let mut config = read.value;
    config.sort();
    if failed { Err(Failed) } else { Ok(Arc::new(config)) }
}

fn read(tree: &Tree, root: NodeId) -> Read<Config> {
    let mut reader = Reader::converting(tree);
    let mut config = Config::default();
    let fields = reader.fields(root, "a transformer configuration", FIELDS);
    for (name, list) in config.lists_mut() {
        *list = field_specs(&mut reader, &fields, name);
    }
    for reference in reader.list(&fields, "nameReference") {
        let fields = reader.fields(reference, "`nameReference`", &["group", "version", "kind", "fieldSpecs"]);
        let gvk = gvk(&mut reader, &fields);
        config.name_reference.push(BackReference { gvk, referrers: field_specs(&mut reader, &fields, "fieldSpecs") });
    }
    reader.finish(config)
}
