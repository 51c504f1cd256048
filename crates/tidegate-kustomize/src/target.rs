//! The build of one root: what was loaded becomes objects, from the bottom up.
//!
//! Implements: internal/target/kusttarget.go and internal/accumulator of sigs.k8s.io/kustomize/api v0.21.1.
//! Keeps:      resources, generators, components, transformers, validators, variables, in this order; hashes, references
//!             to names and variables are done once, at the end.

use std::sync::Arc;

use tidegate_base::Recorder;

use crate::{
    build::{Build, Failed, Reported},
    config::Config,
    file::{FileKind, Image, KustomizationFile, SortOptions},
    generate,
    load::{Entry, Loaded},
    note::Notes,
    options::Order,
    plugin,
    reader::Text,
    res_map::ResMap,
    resource::Resource,
    store::{Done, Fault},
    transform::{self, SubjectMode, Transform, Transformer},
    variables::{self, Variables},
};

/// Objects with what is needed to finish them.
#[derive(Default)]
pub(crate) struct Accumulator {
    pub(crate) resources: ResMap,
    config: Arc<Config>,
    variables: Variables,
}

/// What a kustomization takes over from the one that includes it.
#[derive(Clone)]
pub(crate) struct Inherited<'a> {
    /// `buildMetadata` of the root.
    metadata: &'a [Text],
    /// Where the kustomization is, if that is to be told.
    notes: Option<Notes>,
}

/// Builds the objects of a root.
pub(crate) fn run<R: Recorder>(build: &mut Build<'_, R>, loaded: &Loaded) -> Reported<ResMap> {
    choose_schema(build, loaded, true)?;
    let metadata = &loaded.file.build_metadata;
    let notes = (!metadata.is_empty()).then(Notes::default);
    let inherited = Inherited { metadata, notes };
    let mut done = accumulate(build, loaded, Accumulator::default(), &inherited)?;
    let hashed = add_hashes(build, &mut done.resources);
    build.report(hashed)?;
    build.begin("nameReference", tidegate_base::Origin::UNKNOWN);
    let faults = crate::name_reference::fix(build, &done.resources, &done.config.name_reference);
    for fault in &faults {
        build.fail(fault.clone());
    }
    if !faults.is_empty() {
        return Err(Failed);
    }
    build.begin("vars", tidegate_base::Origin::UNKNOWN);
    let resolved = variables::resolve(build, &done.variables, &done.resources, &done.config.var_reference);
    build.report(resolved)?;
    let mut resources = done.resources;
    let finished = finish(build, &mut resources, &loaded.file, &inherited);
    build.report(finished)?;
    if let Some(limit) = build.store.tree.overflow() {
        return Err(build.fail(limit.into()));
    }
    Ok(resources)
}

fn choose_schema<R: Recorder>(build: &mut Build<'_, R>, loaded: &Loaded, root: bool) -> Reported {
    let version = loaded.file.openapi_version.as_deref();
    let chosen = build.schemas.choose(version, loaded.openapi.as_deref(), root);
    let fault = chosen.map_err(|it| {
        let fault = Fault::new(it).code("invalid-openapi");
        match &loaded.file.openapi_path {
            Some(path) => fault.or_at(path.at),
            None => fault.in_file(&loaded.folder),
        }
    });
    build.report(fault)
}

/// The objects of a kustomization; a component changes what is `into`.
fn accumulate<R: Recorder>(
    build: &mut Build<'_, R>,
    loaded: &Loaded,
    into: Accumulator,
    inherited: &Inherited<'_>,
) -> Reported<Accumulator> {
    let mut done = accumulate_entries(build, &loaded.resources, into, inherited)?;
    merge_config(build, &mut done, &loaded.config, loaded)?;
    merge_config(build, &mut done, &loaded.crds, loaded)?;
    generate(build, loaded, &mut done, inherited)?;
    done = accumulate_entries(build, &loaded.components, done, inherited)?;
    transform(build, loaded, &mut done, inherited)?;
    validate(build, loaded, &mut done, inherited)?;
    let Accumulator { resources, variables, .. } = &mut done;
    let defined = variables::define(build, variables, resources, &loaded.file.vars);
    build.report(defined)?;
    Ok(done)
}

fn merge_config<R: Recorder>(
    build: &mut Build<'_, R>,
    done: &mut Accumulator,
    more: &Arc<Config>,
    loaded: &Loaded,
) -> Reported {
    let merged = done.config.merged(more);
    let merged = merged.map_err(|it| Fault::new(it).code("config-conflict").in_file(&loaded.folder));
    done.config = build.report(merged)?;
    Ok(())
}

/// Adds what the entries stand for. Every entry is looked at, whatever is wrong with the others.
pub(crate) fn accumulate_entries<R: Recorder>(
    build: &mut Build<'_, R>,
    entries: &[Entry],
    mut into: Accumulator,
    inherited: &Inherited<'_>,
) -> Reported<Accumulator> {
    let before = build.failures;
    for entry in entries {
        match entry {
            Entry::Objects { path, nodes } => {
                let notes = inherited.notes.as_ref().map(|it| it.inside(path));
                for &node in nodes {
                    let added = add_object(build, &mut into.resources, node, notes.as_ref());
                    let _ = build.report(added);
                }
            }
            Entry::Root { path, loaded, at } => {
                let notes = inherited.notes.as_ref().map(|it| it.inside(path));
                let inner = Inherited { notes, ..inherited.clone() };
                let problems = build.problems.len();
                if accumulate_root(build, loaded, &mut into, &inner).is_err() {
                    build.note_since(problems, *at, "included here");
                    if loaded.file.kind == FileKind::Component {
                        return Err(Failed);
                    }
                }
            }
        }
    }
    if build.failures > before { Err(Failed) } else { Ok(into) }
}

fn add_object<R: Recorder>(
    build: &mut Build<'_, R>,
    resources: &mut ResMap,
    node: tidegate_yaml::NodeId,
    notes: Option<&Notes>,
) -> Done {
    let mut resource = Resource::new(node);
    resource.take_state(&mut build.store)?;
    resource.origin = notes.map(|it| Box::new(it.resource()));
    resources.append(build, resource)
}

/// Adds the objects of a kustomization, or lets a component change those that are there.
fn accumulate_root<R: Recorder>(
    build: &mut Build<'_, R>,
    loaded: &Loaded,
    into: &mut Accumulator,
    inherited: &Inherited<'_>,
) -> Reported {
    choose_schema(build, loaded, false)?;
    if loaded.file.kind == FileKind::Component {
        *into = accumulate(build, loaded, std::mem::take(into), inherited)?;
        return Ok(());
    }
    let mut done = accumulate(build, loaded, Accumulator::default(), inherited)?;
    let before = build.failures;
    for resource in done.resources.take() {
        let added = into.resources.append(build, resource);
        let _ = build.report(added);
    }
    merge_config(build, into, &done.config, loaded)?;
    let merged = variables::merge(&mut into.variables, done.variables);
    build.report(merged)?;
    if build.failures > before { Err(Failed) } else { Ok(()) }
}

fn generate<R: Recorder>(
    build: &mut Build<'_, R>,
    loaded: &Loaded,
    done: &mut Accumulator,
    inherited: &Inherited<'_>,
) -> Reported {
    let before = build.failures;
    for (from, secret) in [(&loaded.config_maps, false), (&loaded.secrets, true)] {
        let kind = if secret { "SecretGenerator" } else { "ConfigMapGenerator" };
        let note = inherited.notes.as_ref().map(|it| Box::new(it.built_in(loaded.file_name, kind)));
        for (args, data) in from {
            let made = generate::make(build, args, data, secret).and_then(|mut it| {
                it.origin.clone_from(&note);
                done.resources.absorb(build, it)
            });
            let _ = build.report_at(made, args.at);
        }
    }
    let configs = accumulate_entries(build, &loaded.generators, Accumulator::default(), inherited)?;
    for config in configs.resources.list() {
        let made = plugin::generate(build, &loaded.folder, config)?;
        for resource in made {
            let absorbed = done.resources.absorb(build, resource);
            let _ = build.report_at(absorbed, config.node);
        }
    }
    if build.failures > before { Err(Failed) } else { Ok(()) }
}

fn transform<R: Recorder>(
    build: &mut Build<'_, R>,
    loaded: &Loaded,
    done: &mut Accumulator,
    inherited: &Inherited<'_>,
) -> Reported {
    let mut stages = stages(build, loaded, &done.config, inherited)?;
    let configs = accumulate_entries(build, &loaded.transformers, Accumulator::default(), inherited)?;
    for config in configs.resources.list() {
        stages.push(vec![plugin::transformer(build, &loaded.folder, config)?]);
    }
    for stage in stages {
        let before = build.failures;
        for transformer in stage {
            apply(build, &transformer, &mut done.resources)?;
        }
        // One patch does not hide what is wrong with the next, but what comes later builds on all of them.
        if build.failures > before {
            return Err(Failed);
        }
    }
    Ok(())
}

fn apply<R: Recorder>(build: &mut Build<'_, R>, transformer: &Transformer, resources: &mut ResMap) -> Reported {
    let applied = transformer.apply(build, resources);
    let limit = matches!(&applied, Err(fault) if fault.code == "limit");
    if build.report(applied.map_err(|it| transformer.locate(it))).is_err() && limit {
        return Err(Failed);
    }
    if let Some(limit) = build.store.tree.overflow() {
        return Err(build.fail(limit.into()));
    }
    if let Some(note) = &transformer.note {
        resources.note_transformer(note);
    }
    resources.drop_empty(build);
    Ok(())
}

/// The transformers of a kustomization file, in the order in which they work; those that do the same together.
fn stages<R: Recorder>(
    build: &mut Build<'_, R>,
    loaded: &Loaded,
    config: &Config,
    inherited: &Inherited<'_>,
) -> Reported<Vec<Vec<Transformer>>> {
    let file = &loaded.file;
    let mut stages = Stages { build, loaded, inherited, out: Vec::new() };
    if !loaded.strategic_merges.is_empty() {
        let at = loaded.strategic_merges.first().map(|it| it.at);
        let merges = Transform::StrategicMerges(loaded.strategic_merges.clone());
        stages.add("patchesStrategicMerge", "PatchStrategicMergeTransformer", vec![(merges, at)]);
    }
    let patches = loaded.patches.iter().map(|it| (Transform::Patch(it.clone()), Some(it.at)));
    stages.add("patches", "PatchTransformer", patches.collect());
    if let Some(namespace) = &file.namespace {
        let namespace_transform = Transform::Namespace {
            namespace: namespace.value.clone(),
            specs: config.namespace.as_slice().into(),
            unset_only: false,
            subjects: SubjectMode::default(),
        };
        stages.add("namespace", "NamespaceTransformer", vec![(namespace_transform, Some(namespace.at))]);
    }
    if let Some(prefix) = &file.name_prefix {
        let prefixed = Transform::Prefix { text: prefix.value.clone(), specs: config.name_prefix.as_slice().into() };
        stages.add("namePrefix", "PrefixTransformer", vec![(prefixed, Some(prefix.at))]);
    }
    if let Some(suffix) = &file.name_suffix {
        let suffixed = Transform::Suffix { text: suffix.value.clone(), specs: config.name_suffix.as_slice().into() };
        stages.add("nameSuffix", "SuffixTransformer", vec![(suffixed, Some(suffix.at))]);
    }
    stages.labels(config)?;
    if !file.common_annotations.is_empty() {
        let annotations = Transform::Annotations {
            entries: file.common_annotations.clone(),
            specs: config.common_annotations.as_slice().into(),
        };
        stages.add("commonAnnotations", "AnnotationsTransformer", vec![(annotations, file.common_annotations_at)]);
    }
    let json = loaded.json_patches.iter().map(|it| (Transform::JsonPatch(it.clone()), Some(it.at)));
    stages.add("patchesJson6902", "PatchJson6902Transformer", json.collect());
    let specs: transform::Specs = config.replicas.as_slice().into();
    let replicas = file
        .replicas
        .iter()
        .map(|it| (Transform::Replicas { replica: it.clone(), specs: Arc::clone(&specs) }, Some(it.at)));
    stages.add("replicas", "ReplicaCountTransformer", replicas.collect());
    let specs: transform::Specs = config.images.as_slice().into();
    let images =
        file.images.iter().map(|it: &Image| (Transform::Image { image: it.clone(), specs: Arc::clone(&specs) }, it.at));
    stages.add("images", "ImageTagTransformer", images.collect());
    if !loaded.replacements.is_empty() {
        let at = loaded.replacements.first().and_then(|it| it.at);
        let replacements = Transform::Replacements(loaded.replacements.clone());
        stages.add("replacements", "ReplacementTransformer", vec![(replacements, at)]);
    }
    Ok(stages.out)
}

struct Stages<'b, 'w, R> {
    build: &'b mut Build<'w, R>,
    loaded: &'b Loaded,
    inherited: &'b Inherited<'b>,
    out: Vec<Vec<Transformer>>,
}

impl<R: Recorder> Stages<'_, '_, R> {
    fn add(
        &mut self,
        what: &'static str,
        kind: &'static str,
        transforms: Vec<(Transform, Option<tidegate_yaml::NodeId>)>,
    ) {
        let note = self.inherited.notes.as_ref().map(|it| it.built_in(self.loaded.file_name, kind));
        let origin = |at: Option<tidegate_yaml::NodeId>| {
            at.map_or(tidegate_base::Origin::UNKNOWN, |it| self.build.store.tree.origin(it))
        };
        let made = transforms.into_iter().map(|(transform, at)| Transformer {
            transform,
            what,
            at: origin(at),
            note: note.clone(),
        });
        let made: Vec<Transformer> = made.collect();
        if !made.is_empty() {
            self.out.push(made);
        }
    }

    fn labels(&mut self, config: &Config) -> Reported {
        let loaded = self.loaded;
        let mut transforms = Vec::new();
        for label in &loaded.file.labels {
            let specs = label_specs(label, config).map_err(|it| Fault::at(it, label.at).code("config-conflict"));
            let specs = self.build.report(specs)?;
            let entries = label.pairs.clone();
            transforms.push((Transform::Labels { entries, specs: specs.into() }, Some(label.at)));
        }
        if !loaded.file.common_labels.is_empty() || !loaded.file.labels.is_empty() {
            let specs = config.common_labels.as_slice().into();
            let entries = loaded.file.common_labels.clone();
            transforms.push((Transform::Labels { entries, specs }, loaded.file.common_labels_at));
        }
        self.add("labels", "LabelTransformer", transforms);
        Ok(())
    }
}

/// Where an entry of `labels` works.
fn label_specs(label: &crate::file::Label, config: &Config) -> Result<Vec<crate::field_spec::FieldSpec>, String> {
    use crate::field_spec::{FieldSpec, merge_all, merge_one};
    let mut specs = label.fields.clone();
    merge_all(&mut specs, &config.labels)?;
    if label.include_selectors {
        merge_all(&mut specs, &config.common_labels)?;
        return Ok(specs);
    }
    if label.include_templates {
        merge_all(&mut specs, &config.template_labels)?;
    }
    merge_one(&mut specs, &FieldSpec::any("metadata/labels", true))?;
    Ok(specs)
}

/// Validators are transformers that may change nothing.
fn validate<R: Recorder>(
    build: &mut Build<'_, R>,
    loaded: &Loaded,
    done: &mut Accumulator,
    inherited: &Inherited<'_>,
) -> Reported {
    let configs = accumulate_entries(build, &loaded.validators, Accumulator::default(), inherited)?;
    for config in configs.resources.list() {
        let validator = plugin::transformer(build, &loaded.folder, config)?;
        let before = plugin::snapshot(build, &done.resources);
        let before = build.report(before)?;
        let applied = validator.apply(build, &mut done.resources);
        build.report_at(applied, config.node)?;
        let after = plugin::snapshot(build, &done.resources);
        let after = build.report(after)?;
        if before != after {
            let fault = Fault::at("a validator must not change objects", config.node).code("invalid-plugin");
            return Err(build.fail(fault.hint("list it in `transformers`")));
        }
    }
    Ok(())
}

/// Puts hashes behind the names of generated objects.
pub(crate) fn add_hashes<R: Recorder>(build: &mut Build<'_, R>, resources: &mut ResMap) -> Done {
    build.begin("hash", tidegate_base::Origin::UNKNOWN);
    for index in 0..resources.len() {
        if !resources.get(index).state.needs_hash {
            continue;
        }
        let hash = generate::hash(&build.store, resources.get(index).node)?;
        let resource = resources.get_mut(index);
        resource.store_previous(&build.store, &mut build.schemas)?;
        let name = format!("{}-{hash}", resource.name(&build.store));
        resource.set_name(&mut build.store, &name)?;
    }
    resources.moved();
    Ok(())
}

/// What is left to do once every name is known: local objects go, the order is made, labels and notes are added.
fn finish<R: Recorder>(
    build: &mut Build<'_, R>,
    resources: &mut ResMap,
    file: &KustomizationFile,
    inherited: &Inherited<'_>,
) -> Done {
    build.begin("buildMetadata", tidegate_base::Origin::UNKNOWN);
    drop_local(build, resources)?;
    match &file.sort_options {
        Some(options) => transform::sort(build, resources, options)?,
        None if build.options.order == Order::Legacy => {
            let legacy = SortOptions { order: "legacy".to_owned(), ..SortOptions::default() };
            transform::sort(build, resources, &legacy)?;
        }
        None => {}
    }
    let asks = |name: &str| inherited.metadata.iter().any(|it| it.value == name);
    if build.options.managed_by_label || asks("managedByLabel") {
        crate::note::label(build, resources)?;
    }
    crate::warnings::of_long_names(build, resources);
    crate::note::annotate(build, resources, asks("originAnnotations"), asks("transformerAnnotations"))
}

const LOCAL: &str = "config.kubernetes.io/local-config";

/// Takes out objects that are only meant for the build.
fn drop_local<R: Recorder>(build: &mut Build<'_, R>, resources: &mut ResMap) -> Done {
    for resource in resources.take() {
        if build.store.is_empty(resource.node) {
            continue;
        }
        crate::documents::validate(build, resource.node)?;
        let annotations = resource.meta_map(&build.store, "annotations");
        if annotations.iter().all(|it| it.0 != LOCAL || it.1 == "false") {
            resources.append(build, resource)?;
        }
    }
    Ok(())
}
