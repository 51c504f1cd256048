//! Built-in plugins, configured by objects.
//!
//! In: an object of `generators`, `transformers` or `validators`. Out: what it generates, or a transformer.
//!
//! Implements: internal/plugins and internal/builtins of sigs.k8s.io/kustomize/api v0.21.1.
//! Refuses:    executables, Go plugins and containers, as upstream does unless they are allowed on the command line.

use tidegate_base::Recorder;
use tidegate_yaml::{Kind, NodeId, Style};

use crate::{
    build::{Build, Failed, Reported},
    file::{
        GeneratorArgs, Patch, ReplacementField, field_specs, generator_args, image, replica, selector, sort_options,
    },
    generate,
    json::{From, Into, through_json},
    load::{load_json_patch, load_patch, load_strategic_merge, load_strategic_merge_text, read_yaml},
    note::configured_by,
    reader::{Fields, Reader, Text},
    res_map::{ResMap, shown},
    resource::Resource,
    store::{Done, Fault},
    text::Spot,
    transform::{Specs, SubjectMode, Transform, Transformer, ValueTarget},
};

/// Kinds of generators.
const GENERATORS: &[&str] =
    &["ConfigMapGenerator", "IAMPolicyGenerator", "SecretGenerator", "HelmChartInflationGenerator"];

/// Kinds of transformers. `sortOptions` has one as well, which no kustomization may list.
const TRANSFORMERS: &[&str] = &[
    "AnnotationsTransformer",
    "HashTransformer",
    "ImageTagTransformer",
    "LabelTransformer",
    "NamespaceTransformer",
    "PatchJson6902Transformer",
    "PatchStrategicMergeTransformer",
    "PatchTransformer",
    "PrefixSuffixTransformer",
    "PrefixTransformer",
    "SuffixTransformer",
    "ReplacementTransformer",
    "ReplicaCountTransformer",
    "ValueAddTransformer",
];

/// A plugin's configuration, as it is read.
struct Config {
    kind: &'static str,
    root: NodeId,
}

fn configure<R: Recorder>(build: &mut Build<'_, R>, resource: &Resource, kinds: &[&'static str]) -> Reported<Config> {
    let (api_version, kind) = (resource.api_version(&build.store), resource.kind(&build.store));
    if api_version != "builtin" {
        let fault = Fault::at(
            format!("`{kind}` is no built-in plugin ({}), and no other is run", shape(build, resource)),
            resource.node,
        );
        let fault = fault.code("external-plugin");
        return Err(build.fail(fault.hint(
            "write `apiVersion: builtin` for a built-in plugin; run any other beforehand, and list what it makes",
        )));
    }
    let Some(kind) = kinds.iter().find(|it| **it == kind) else {
        let fault = Fault::at(format!("there is no built-in plugin `{kind}` for this field"), resource.node);
        let near = crate::nearest::nearest(kind, kinds.iter().copied());
        return Err(build.fail(match near {
            Some(near) => fault.code("unknown-plugin").hint(format!("write `kind: {near}`")),
            None => fault.code("unknown-plugin").hint(format!("use one of {}", kinds.join(", "))),
        }));
    };
    let root = through_json(&mut build.store, resource.node, From::Resource, Into::Flow);
    let root = build.report_at(root, resource.node)?;
    Ok(Config { kind, root })
}

/// How an external plugin would be run.
fn shape<R: Recorder>(build: &Build<'_, R>, resource: &Resource) -> &'static str {
    let annotations = resource.meta_map(&build.store, "annotations");
    let function = annotations
        .iter()
        .find(|it| matches!(it.0.as_str(), "config.kubernetes.io/function" | "config.k8s.io/function"));
    match function {
        Some((_, text)) if text.contains("exec:") => "it is an executable",
        Some((_, text)) if text.contains("starlark:") => "it is a Starlark script",
        Some(_) => "it runs in a container",
        None => "it would be an executable or a Go plugin",
    }
}

/// Reads a configuration; problems are reported.
fn read<R: Recorder, T>(
    build: &mut Build<'_, R>,
    config: &Config,
    known: &[&str],
    read: impl FnOnce(&mut Reader<'_>, &Fields<'_>) -> T,
) -> Reported<T> {
    let all: Vec<&str> = known.iter().copied().chain(["apiVersion", "kind", "metadata"]).collect();
    let mut reader = Reader::converting(&build.store.tree);
    let fields = reader.fields(config.root, config.kind, &all);
    let value = read(&mut reader, &fields);
    reader.forgive_unknown_fields();
    let done = reader.finish(value);
    build.warn_all(done.warnings);
    let failed = !done.faults.is_empty();
    for fault in done.faults {
        build.fail(fault.or_at(config.root));
    }
    if failed { Err(Failed) } else { Ok(done.value) }
}

/// What a generator's configuration makes.
pub(crate) fn generate<R: Recorder>(
    build: &mut Build<'_, R>,
    folder: &Spot,
    resource: &Resource,
) -> Reported<Vec<Resource>> {
    let config = configure(build, resource, GENERATORS)?;
    let mut made = match config.kind {
        "ConfigMapGenerator" => vec![from_sources(build, folder, &config, false)?],
        "SecretGenerator" => vec![from_sources(build, folder, &config, true)?],
        "IAMPolicyGenerator" => vec![service_account(build, &config)?],
        _ => {
            let fault = Fault::at("charts are not rendered by this version", resource.node).code("helm-charts");
            return Err(
                build.fail(fault.hint("render the chart with `helm template` and list the result in `resources`"))
            );
        }
    };
    let note = configured_by(&build.store, resource).map(Box::new);
    for resource in made.iter_mut().filter(|it| it.origin.is_none()) {
        resource.origin.clone_from(&note);
    }
    Ok(made)
}

fn from_sources<R: Recorder>(
    build: &mut Build<'_, R>,
    folder: &Spot,
    config: &Config,
    secret: bool,
) -> Reported<Resource> {
    let known = ["namespace", "name", "behavior", "literals", "files", "envs", "env", "options", "type"];
    let args = read(build, config, &known, |reader, fields| {
        let mut args: GeneratorArgs = generator_args(reader, fields, secret);
        let meta = fields
            .get("metadata")
            .map(|it| reader.fields(it, "`metadata`", &["name", "namespace", "labels", "annotations"]));
        if let Some(meta) = meta {
            for (to, name) in [(&mut args.name, "name"), (&mut args.namespace, "namespace")] {
                if to.is_empty() {
                    *to = reader.string(&meta, name);
                }
            }
        }
        args
    })?;
    let data = generate::load_data(build, folder, &args, secret)?;
    let made = generate::make(build, &args, &data, secret);
    build.report_at(made, config.root)
}

fn service_account<R: Recorder>(build: &mut Build<'_, R>, config: &Config) -> Reported<Resource> {
    let known = ["cloud", "kubernetesService", "serviceAccount"];
    let (cloud, kubernetes, account) = read(build, config, &known, |reader, fields| {
        let mut pair = |name: &str, second: &str| {
            let known = ["name", second];
            let fields = fields.get(name).map(|it| reader.fields(it, name, &known));
            fields.map_or_else(Default::default, |it| (reader.string(&it, "name"), reader.string(&it, second)))
        };
        let (kubernetes, account) = (pair("kubernetesService", "namespace"), pair("serviceAccount", "projectId"));
        (reader.string(fields, "cloud"), kubernetes, account)
    })?;
    if cloud != "gke" {
        let fault = Fault::at(format!("the cloud `{cloud}` is not supported"), config.root).code("invalid-plugin");
        return Err(build.fail(fault.hint("write `cloud: gke`")));
    }
    let made = make_service_account(build, &kubernetes, &account);
    build.report_at(made, config.root)
}

fn make_service_account<R: Recorder>(
    build: &mut Build<'_, R>,
    kubernetes: &(String, String),
    account: &(String, String),
) -> Done<Resource> {
    let store = &mut build.store;
    let node = store.empty(Kind::Mapping);
    for (field, value) in [("apiVersion", "v1"), ("kind", "ServiceAccount")] {
        let value = store.string(value);
        store.set_field(node, field, Some(value), Style::PLAIN)?;
    }
    let resource = Resource::new(node);
    let email = format!("{}@{}.iam.gserviceaccount.com", account.0, account.1);
    resource.set_meta_map(store, "annotations", vec![("iam.gke.io/gcp-service-account".to_owned(), email)])?;
    resource.set_name(store, &kubernetes.0)?;
    if !kubernetes.1.is_empty() {
        resource.set_namespace(store, &kubernetes.1)?;
    }
    Ok(resource)
}

/// The transformer that a configuration stands for.
pub(crate) fn transformer<R: Recorder>(
    build: &mut Build<'_, R>,
    folder: &Spot,
    resource: &Resource,
) -> Reported<Transformer> {
    let config = configure(build, resource, TRANSFORMERS)?;
    configured(build, folder, resource, &config)
}

/// As [`transformer`], for the one that sorts.
pub(crate) fn sorter<R: Recorder>(
    build: &mut Build<'_, R>,
    folder: &Spot,
    resource: &Resource,
) -> Reported<Transformer> {
    let config = configure(build, resource, &["SortOrderTransformer"])?;
    configured(build, folder, resource, &config)
}

fn configured<R: Recorder>(
    build: &mut Build<'_, R>,
    folder: &Spot,
    resource: &Resource,
    config: &Config,
) -> Reported<Transformer> {
    let transform = make(build, folder, config)?;
    Ok(Transformer {
        transform,
        what: config.kind,
        at: build.store.tree.origin(resource.node),
        note: configured_by(&build.store, resource),
    })
}

fn make<R: Recorder>(build: &mut Build<'_, R>, folder: &Spot, config: &Config) -> Reported<Transform> {
    match config.kind {
        "AnnotationsTransformer" => {
            entries(build, config, "annotations").map(|(entries, specs)| Transform::Annotations { entries, specs })
        }
        "LabelTransformer" => {
            entries(build, config, "labels").map(|(entries, specs)| Transform::Labels { entries, specs })
        }
        "HashTransformer" => Ok(Transform::Hash),
        "ImageTagTransformer" => read(build, config, &["imageTag", "fieldSpecs"], |reader, fields| {
            let image = fields.get("imageTag").map(|it| image(reader, it)).unwrap_or_default();
            Transform::Image { image, specs: specs(reader, fields) }
        }),
        "ReplicaCountTransformer" => read(build, config, &["replica", "fieldSpecs"], |reader, fields| {
            let at = fields.get("replica").unwrap_or(fields.at);
            Transform::Replicas { replica: replica(reader, at), specs: specs(reader, fields) }
        }),
        "NamespaceTransformer" => namespace(build, config),
        "PrefixTransformer" | "SuffixTransformer" | "PrefixSuffixTransformer" => rename(build, config),
        "PatchTransformer" | "PatchJson6902Transformer" => patch(build, folder, config),
        "PatchStrategicMergeTransformer" => strategic_merges(build, folder, config),
        "ReplacementTransformer" => replacements(build, folder, config),
        "SortOrderTransformer" => read(build, config, &["sortOptions"], |reader, fields| {
            Transform::Sort(fields.get("sortOptions").map(|it| sort_options(reader, it)).unwrap_or_default())
        }),
        _ => value_add(build, folder, config),
    }
}

fn specs(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Specs {
    field_specs(reader, fields, "fieldSpecs").into()
}

fn entries<R: Recorder>(
    build: &mut Build<'_, R>,
    config: &Config,
    name: &'static str,
) -> Reported<(Vec<(String, String)>, Specs)> {
    read(build, config, &[name, "fieldSpecs"], |reader, fields| {
        (reader.string_map(fields, name), specs(reader, fields))
    })
}

fn namespace<R: Recorder>(build: &mut Build<'_, R>, config: &Config) -> Reported<Transform> {
    let known = ["fieldSpecs", "unsetOnly", "setRoleBindingSubjects"];
    let (namespace, specs, unset_only, subjects) = read(build, config, &known, |reader, fields| {
        let known = ["name", "namespace", "labels", "annotations"];
        let meta = fields.get("metadata").map(|it| reader.fields(it, "`metadata`", &known));
        let namespace = meta.map(|it| reader.string(&it, "namespace")).unwrap_or_default();
        let subjects = reader.string(fields, "setRoleBindingSubjects");
        (namespace, specs(reader, fields), reader.boolean(fields, "unsetOnly"), subjects)
    })?;
    let subjects = match subjects.as_str() {
        "" | "defaultOnly" => SubjectMode::DefaultOnly,
        "allServiceAccounts" => SubjectMode::AllServiceAccounts,
        "none" => SubjectMode::Nothing,
        other => {
            let fault = Fault::at(format!("`{other}` is no value of `setRoleBindingSubjects`"), config.root);
            let fault = fault.code("invalid-plugin").hint("write defaultOnly, allServiceAccounts or none");
            return Err(build.fail(fault));
        }
    };
    Ok(Transform::Namespace { namespace, specs, unset_only, subjects })
}

fn rename<R: Recorder>(build: &mut Build<'_, R>, config: &Config) -> Reported<Transform> {
    let known = ["prefix", "suffix", "fieldSpecs"];
    let (prefix, suffix, specs, has_specs) = read(build, config, &known, |reader, fields| {
        let (prefix, suffix) = (reader.string(fields, "prefix"), reader.string(fields, "suffix"));
        (prefix, suffix, specs(reader, fields), fields.get("fieldSpecs").is_some())
    })?;
    if !has_specs {
        let fault = Fault::at(format!("`{}` needs `fieldSpecs`", config.kind), config.root).code("invalid-plugin");
        return Err(build.fail(fault.hint("write `fieldSpecs: [{path: metadata/name}]`")));
    }
    Ok(match config.kind {
        "PrefixTransformer" => Transform::Prefix { text: prefix, specs },
        "SuffixTransformer" => Transform::Suffix { text: suffix, specs },
        _ => Transform::PrefixAndSuffix { prefix, suffix, specs },
    })
}

fn patch<R: Recorder>(build: &mut Build<'_, R>, folder: &Spot, config: &Config) -> Reported<Transform> {
    let is_json = config.kind == "PatchJson6902Transformer";
    let patch = read(build, config, &["path", "patch", "jsonOp", "target", "options"], |reader, fields| {
        let known = ["allowNameChange", "allowKindChange"];
        let options = fields.get("options").map(|it| reader.fields(it, "`options`", &known));
        let allow = |reader: &mut Reader<'_>, name: &str| options.as_ref().is_some_and(|it| reader.boolean(it, name));
        Patch {
            path: reader.field_text(fields, "path").filter(|it| !it.value.is_empty()),
            patch: reader
                .field_text(fields, if is_json { "jsonOp" } else { "patch" })
                .filter(|it| !it.value.is_empty()),
            target: fields.get("target").map(|it| selector(reader, it)),
            allow_name_change: allow(reader, "allowNameChange"),
            allow_kind_change: allow(reader, "allowKindChange"),
            at: config.root,
        }
    })?;
    if is_json {
        return load_json_patch(build, folder, &patch).map(Transform::JsonPatch);
    }
    load_patch(build, folder, &patch).map(Transform::Patch)
}

fn strategic_merges<R: Recorder>(build: &mut Build<'_, R>, folder: &Spot, config: &Config) -> Reported<Transform> {
    let (paths, text) = read(build, config, &["paths", "patches"], |reader, fields| {
        (reader.texts(fields, "paths"), reader.field_text(fields, "patches").filter(|it| !it.value.is_empty()))
    })?;
    let mut patches = Vec::new();
    for path in &paths {
        patches.push(load_strategic_merge(build, folder, path)?);
    }
    if let Some(text) = text {
        patches.push(load_strategic_merge_text(build, folder, &text)?);
    }
    if patches.iter().all(|it| it.is_empty()) {
        let fault = Fault::at("PatchStrategicMergeTransformer has no patch", config.root).code("invalid-plugin");
        return Err(build.fail(fault.hint("list files in `paths`, or write the patches in `patches`")));
    }
    Ok(Transform::StrategicMerges(patches))
}

fn replacements<R: Recorder>(build: &mut Build<'_, R>, folder: &Spot, config: &Config) -> Reported<Transform> {
    let fields: Vec<ReplacementField> = read(build, config, &["replacements"], crate::file::replacement_fields)?;
    let mut all = Vec::new();
    for field in &fields {
        all.extend(crate::replacement::load(build, folder, field)?);
    }
    Ok(Transform::Replacements(all))
}

const VALUE_TARGET: &[&str] = &["selector", "fieldPath", "filePathPosition"];

fn value_targets(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Vec<ValueTarget> {
    let mut targets = Vec::new();
    for at in reader.list(fields, "targets") {
        let fields = reader.fields(at, "`targets`", VALUE_TARGET);
        targets.push(ValueTarget {
            selector: fields.get("selector").map(|it| selector(reader, it)),
            path: reader.string(&fields, "fieldPath"),
            position: reader.integer(&fields, "filePathPosition"),
            at,
        });
    }
    targets
}

fn value_add<R: Recorder>(build: &mut Build<'_, R>, folder: &Spot, config: &Config) -> Reported<Transform> {
    let known = ["value", "targets", "targetFilePath"];
    let (value, mut targets, file) = read(build, config, &known, |reader, fields| {
        let file: Option<Text> = reader.field_text(fields, "targetFilePath").filter(|it| !it.value.is_empty());
        (reader.string(fields, "value").trim().to_owned(), value_targets(reader, fields), file)
    })?;
    let value = if value.is_empty() { folder.path.name().unwrap_or("/").to_owned() } else { value };
    if let Some(file) = file {
        let spot = build.find_named(folder, &file)?;
        if let Some(root) = read_yaml(build, &spot)? {
            let config = Config { kind: config.kind, root };
            targets.extend(read(build, &config, &["targets"], value_targets)?);
        }
    }
    let wrong = match &targets[..] {
        [] => Some((config.root, "ValueAddTransformer has no `targets`".to_owned())),
        targets => targets.iter().find_map(|it| {
            if it.path.is_empty() {
                Some((it.at, "a target has no `fieldPath`".to_owned()))
            } else if it.position < 0 {
                Some((it.at, format!("`filePathPosition` is {}, less than 0", it.position)))
            } else {
                None
            }
        }),
    };
    match wrong {
        Some((at, message)) => Err(build.fail(Fault::at(message, at).code("invalid-plugin"))),
        None => Ok(Transform::ValueAdd { value, targets }),
    }
}

/// All objects as text, without the label by which a validator may say that it has looked at them.
pub(crate) fn snapshot<R: Recorder>(build: &mut Build<'_, R>, resources: &ResMap) -> Done<Vec<String>> {
    const VALIDATED_BY: &str = "validated-by";
    let mut out = Vec::with_capacity(resources.len());
    for resource in resources.list() {
        let id = shown(&resource.id(&build.store, &mut build.schemas));
        let copy = Resource::new(build.store.tree.copy(resource.node));
        if let Some(limit) = build.store.tree.overflow() {
            return Err(limit.into());
        }
        let mut labels = copy.meta_map(&build.store, "labels");
        if labels.iter().any(|it| it.0 == VALIDATED_BY) {
            labels.retain(|it| it.0 != VALIDATED_BY);
            copy.set_meta_map(&mut build.store, "labels", labels)?;
        }
        out.push(format!("{id}\n{}", crate::output::object_yaml(&build.store.tree, copy.node)?));
    }
    Ok(out)
}
