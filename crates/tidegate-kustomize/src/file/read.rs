//! A kustomization file out of its tree.

use tidegate_yaml::{NodeId, Tree};

use super::{
    FieldOptions, FileKind, GeneratorArgs, GeneratorOptions, Image, KustomizationFile, Label, Patch, Replacement,
    ReplacementField, ReplacementSource, ReplacementTarget, Replica, SortOptions, Var,
};
use crate::{
    field_spec::FieldSpec,
    id::Gvk,
    reader::{Fields, Read, Reader, Text},
    resource::Behavior,
    selector::Selector,
    store::Fault,
};

/// Every field, as `kustomize` names it.
const FIELDS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "openapi",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "patchesStrategicMerge",
    "patchesJson6902",
    "patches",
    "images",
    "imageTags",
    "replacements",
    "replicas",
    "vars",
    "sortOptions",
    "resources",
    "components",
    "crds",
    "bases",
    "configMapGenerator",
    "secretGenerator",
    "helmGlobals",
    "helmCharts",
    "helmChartInflationGenerator",
    "generatorOptions",
    "configurations",
    "generators",
    "transformers",
    "validators",
    "buildMetadata",
];

/// Fields whose presence does not keep a file from counting as empty.
const SAYS_NOTHING: &[&str] = &["apiVersion", "kind"];

/// Deprecated fields, each with what to write instead.
const DEPRECATED: &[(&str, &str)] = &[
    ("bases", "resources"),
    ("commonLabels", "labels"),
    ("imageTags", "images"),
    ("patchesJson6902", "patches"),
    ("patchesStrategicMerge", "patches"),
    ("vars", "replacements"),
];

const KUSTOMIZATION_VERSION: &str = "kustomize.config.k8s.io/v1beta1";
const COMPONENT_VERSION: &str = "kustomize.config.k8s.io/v1alpha1";

/// Reads the file at `root`; what is wrong with it comes beside.
pub(crate) fn read(tree: &Tree, root: NodeId) -> Read<KustomizationFile> {
    let mut reader = Reader::new(tree);
    let fields = reader.fields(root, "a kustomization file", FIELDS);
    let mut file = KustomizationFile { kind: kind(&mut reader, &fields), ..KustomizationFile::default() };
    texts(&mut reader, &fields, &mut file);
    transformers(&mut reader, &fields, &mut file);
    generators(&mut reader, &fields, &mut file);
    file.empty = FIELDS.iter().filter(|it| !SAYS_NOTHING.contains(it)).all(|it| is_zero(&reader, &fields, it));
    for (old, new) in DEPRECATED {
        if let Some(at) = fields.get(old) {
            file.deprecated.push((old, new, at));
        }
    }
    reader.finish(file)
}

/// Whether Go has the zero value for a field: missing, or an empty string, or an empty list that is added to another.
fn is_zero(reader: &Reader<'_>, fields: &Fields<'_>, name: &str) -> bool {
    let Some(node) = fields.get(name) else { return true };
    let tree = reader.tree;
    let appended = matches!(name, "bases" | "imageTags" | "helmChartInflationGenerator");
    match tree.kind(node) {
        tidegate_yaml::Kind::Scalar => tree.value(node).is_empty(),
        _ => appended && tree.content(node).is_empty(),
    }
}

fn kind(reader: &mut Reader<'_>, fields: &Fields<'_>) -> FileKind {
    let kind = reader.field_text(fields, "kind");
    let name = kind.as_ref().map_or("", |it| it.value.as_str());
    if let Some(text) = &kind
        && !matches!(name, "" | "Kustomization" | "Component")
    {
        let fault = Fault::at(format!("`kind` is `{name}`; Kustomization or Component is due"), text.at);
        reader
            .faults
            .push(fault.code("wrong-kind").hint("write `kind: Kustomization`, or list the file in `resources`"));
    }
    let kind = if name == "Component" { FileKind::Component } else { FileKind::Kustomization };
    let due = if kind == FileKind::Component { COMPONENT_VERSION } else { KUSTOMIZATION_VERSION };
    if let Some(version) = reader.field_text(fields, "apiVersion")
        && !version.value.is_empty()
        && version.value != due
    {
        let name = if name.is_empty() { "Kustomization" } else { name };
        let fault = Fault::at(format!("`apiVersion` of a {name} is `{}`; `{due}` is due", version.value), version.at);
        reader.faults.push(fault.code("wrong-kind").hint(format!("write `apiVersion: {due}`")));
    }
    kind
}

fn texts(reader: &mut Reader<'_>, fields: &Fields<'_>, file: &mut KustomizationFile) {
    if let Some(metadata) = fields.get("metadata") {
        let fields = reader.fields(metadata, "`metadata`", &["name", "namespace", "labels", "annotations"]);
        reader.string(&fields, "name");
        reader.string(&fields, "namespace");
        reader.string_map(&fields, "labels");
        reader.string_map(&fields, "annotations");
    }
    for (key, value) in reader.string_map(fields, "openapi") {
        match key.as_str() {
            "version" => file.openapi_version = Some(value),
            "path" => file.openapi_path = fields.get("openapi").map(|at| Text { value, at }),
            _ => {}
        }
    }
    file.resources = reader.texts(fields, "resources");
    file.resources.extend(reader.texts(fields, "bases"));
    file.components = reader.texts(fields, "components");
    file.crds = reader.texts(fields, "crds");
    file.configurations = reader.texts(fields, "configurations");
    file.generators = reader.texts(fields, "generators");
    file.transformers = reader.texts(fields, "transformers");
    file.validators = reader.texts(fields, "validators");
    file.build_metadata = reader.texts(fields, "buildMetadata");
}

fn transformers(reader: &mut Reader<'_>, fields: &Fields<'_>, file: &mut KustomizationFile) {
    file.name_prefix = reader.field_text(fields, "namePrefix").filter(|it| !it.value.is_empty());
    file.name_suffix = reader.field_text(fields, "nameSuffix").filter(|it| !it.value.is_empty());
    file.namespace = reader.field_text(fields, "namespace").filter(|it| !it.value.is_empty());
    file.common_labels = reader.string_map(fields, "commonLabels");
    file.common_labels_at = fields.get("commonLabels");
    file.common_annotations = reader.string_map(fields, "commonAnnotations");
    file.common_annotations_at = fields.get("commonAnnotations");
    file.labels = each(reader, fields, "labels", label);
    file.patches_strategic_merge = reader.texts(fields, "patchesStrategicMerge");
    file.patches_json6902 = each(reader, fields, "patchesJson6902", patch);
    file.patches = each(reader, fields, "patches", patch);
    file.images = each(reader, fields, "images", image);
    file.images.extend(each(reader, fields, "imageTags", image));
    file.replacements = replacement_fields(reader, fields);
    file.replicas = each(reader, fields, "replicas", replica);
    file.vars = each(reader, fields, "vars", var);
    file.sort_options = fields.get("sortOptions").map(|it| sort_options(reader, it));
}

fn generators(reader: &mut Reader<'_>, fields: &Fields<'_>, file: &mut KustomizationFile) {
    file.config_maps = each(reader, fields, "configMapGenerator", |reader, at| generator(reader, at, false));
    file.secrets = each(reader, fields, "secretGenerator", |reader, at| generator(reader, at, true));
    file.generator_options = fields.get("generatorOptions").map(|it| generator_options(reader, it));
    if let Some(globals) = fields.get("helmGlobals") {
        let globals = reader.fields(globals, "`helmGlobals`", &["chartHome", "configHome"]);
        reader.string(&globals, "chartHome");
        reader.string(&globals, "configHome");
    }
    for (name, known) in [("helmCharts", HELM_CHART), ("helmChartInflationGenerator", HELM_CHART_ARGS)] {
        for chart in reader.list(fields, name) {
            reader.fields(chart, &format!("`{name}`"), known);
            file.helm_charts.get_or_insert(chart);
        }
    }
}

const HELM_CHART: &[&str] = &[
    "name",
    "version",
    "repo",
    "releaseName",
    "namespace",
    "additionalValuesFiles",
    "valuesFile",
    "valuesInline",
    "valuesMerge",
    "includeCRDs",
    "skipHooks",
    "apiVersions",
    "kubeVersion",
    "nameTemplate",
    "skipTests",
    "debug",
    "devel",
];

const HELM_CHART_ARGS: &[&str] = &[
    "chartName",
    "chartVersion",
    "chartRepoUrl",
    "chartHome",
    "chartRepoName",
    "helmBin",
    "helmHome",
    "values",
    "valuesLocal",
    "valuesMerge",
    "releaseName",
    "releaseNamespace",
    "extraArgs",
];

fn each<T>(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    name: &str,
    read: impl Fn(&mut Reader<'_>, NodeId) -> T,
) -> Vec<T> {
    reader.list(fields, name).into_iter().map(|it| read(reader, it)).collect()
}

fn label(reader: &mut Reader<'_>, at: NodeId) -> Label {
    let fields = reader.fields(at, "`labels`", &["pairs", "includeSelectors", "includeTemplates", "fields"]);
    Label {
        pairs: reader.string_map(&fields, "pairs"),
        include_selectors: reader.boolean(&fields, "includeSelectors"),
        include_templates: reader.boolean(&fields, "includeTemplates"),
        fields: field_specs(reader, &fields, "fields"),
        at,
    }
}

/// The field specs of a list field.
pub(crate) fn field_specs(reader: &mut Reader<'_>, fields: &Fields<'_>, name: &str) -> Vec<FieldSpec> {
    each(reader, fields, name, |reader, at| {
        let fields = reader.fields(at, "a field spec", &["group", "version", "kind", "path", "create"]);
        let path = reader.string(&fields, "path");
        let create = reader.boolean(&fields, "create");
        FieldSpec::new(gvk(reader, &fields), &path, create)
    })
}

pub(crate) fn gvk(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Gvk {
    Gvk {
        group: reader.string(fields, "group").into(),
        version: reader.string(fields, "version").into(),
        kind: reader.string(fields, "kind").into(),
    }
}

const SELECTOR: &[&str] = &["group", "version", "kind", "name", "namespace", "annotationSelector", "labelSelector"];

pub(crate) fn selector(reader: &mut Reader<'_>, at: NodeId) -> Selector {
    let fields = reader.fields(at, "a selector", SELECTOR);
    Selector {
        gvk: gvk(reader, &fields),
        name: reader.string(&fields, "name"),
        namespace: reader.string(&fields, "namespace"),
        labels: reader.string(&fields, "labelSelector"),
        annotations: reader.string(&fields, "annotationSelector"),
    }
}

fn patch(reader: &mut Reader<'_>, at: NodeId) -> Patch {
    let fields = reader.fields(at, "`patches`", &["path", "patch", "target", "options"]);
    let options =
        fields.get("options").map(|it| reader.fields(it, "`options`", &["allowNameChange", "allowKindChange"]));
    let allow = |reader: &mut Reader<'_>, name: &str| options.as_ref().is_some_and(|it| reader.boolean(it, name));
    Patch {
        path: reader.field_text(&fields, "path").filter(|it| !it.value.is_empty()),
        patch: reader.field_text(&fields, "patch").filter(|it| !it.value.is_empty()),
        target: fields.get("target").map(|it| selector(reader, it)),
        allow_name_change: allow(reader, "allowNameChange"),
        allow_kind_change: allow(reader, "allowKindChange"),
        at,
    }
}

pub(crate) fn image(reader: &mut Reader<'_>, at: NodeId) -> Image {
    let fields = reader.fields(at, "`images`", &["name", "newName", "tagSuffix", "newTag", "digest"]);
    if let Some(suffix) = fields.get("tagSuffix") {
        let replaced = ["newTag", "digest"].into_iter().find(|it| fields.get(it).is_some());
        let message = match replaced {
            Some(name) => format!("`tagSuffix` has no effect beside `{name}`"),
            None => "kustomize adds `tagSuffix` twice to the images of containers".to_owned(),
        };
        reader.warnings.push(Fault::at(message, suffix).code("tag-suffix").hint("write the whole tag as `newTag`"));
    }
    Image {
        name: reader.string(&fields, "name"),
        new_name: reader.string(&fields, "newName"),
        tag_suffix: reader.string(&fields, "tagSuffix"),
        new_tag: reader.string(&fields, "newTag"),
        digest: reader.string(&fields, "digest"),
        at: Some(at),
    }
}

pub(crate) fn replica(reader: &mut Reader<'_>, at: NodeId) -> Replica {
    let fields = reader.fields(at, "`replicas`", &["name", "count"]);
    Replica { name: reader.string(&fields, "name"), count: reader.integer(&fields, "count"), at }
}

/// The entries of `replacements`.
pub(crate) fn replacement_fields(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Vec<ReplacementField> {
    each(reader, fields, "replacements", replacement_field)
}

fn replacement_field(reader: &mut Reader<'_>, at: NodeId) -> ReplacementField {
    let fields = reader.fields(at, "`replacements`", &["source", "targets", "sourceValue", "path"]);
    ReplacementField {
        path: reader.field_text(&fields, "path").filter(|it| !it.value.is_empty()),
        replacement: replacement(reader, &fields),
        at,
    }
}

fn replacement(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Replacement {
    Replacement {
        source: fields.get("source").map(|it| source(reader, it)),
        source_value: reader.field_text(fields, "sourceValue"),
        targets: fields.get("targets").map(|_| each(reader, fields, "targets", target)),
        at: Some(fields.at),
    }
}

/// The replacements of a file of its own: one, or a list. Unknown fields are passed over there, as upstream does.
pub(crate) fn read_replacements(tree: &Tree, root: NodeId) -> Read<Vec<Replacement>> {
    let mut reader = Reader::converting(tree);
    let mut out = Vec::new();
    let mut one = |reader: &mut Reader<'_>, at: NodeId| {
        let fields = reader.fields(at, "a replacement", &["source", "targets", "sourceValue", "path"]);
        out.push(replacement(reader, &fields));
    };
    match tree.kind(root) {
        tidegate_yaml::Kind::Sequence => tree.content(root).iter().for_each(|&it| one(&mut reader, it)),
        tidegate_yaml::Kind::Mapping => one(&mut reader, root),
        _ => reader.faults.push(Fault::at("a replacement or a list of replacements is due", root).code("wrong-type")),
    }
    reader.forgive_unknown_fields();
    reader.finish(out)
}

fn source(reader: &mut Reader<'_>, at: NodeId) -> ReplacementSource {
    let known = &["group", "version", "kind", "name", "namespace", "fieldPath", "options"];
    let fields = reader.fields(at, "`source`", known);
    ReplacementSource {
        gvk: gvk(reader, &fields),
        name: reader.string(&fields, "name"),
        namespace: reader.string(&fields, "namespace"),
        field_path: reader.string(&fields, "fieldPath"),
        options: fields.get("options").map(|it| field_options(reader, it)),
    }
}

fn target(reader: &mut Reader<'_>, at: NodeId) -> ReplacementTarget {
    let fields = reader.fields(at, "`targets`", &["select", "reject", "fieldPaths", "options"]);
    ReplacementTarget {
        select: fields.get("select").map(|it| selector(reader, it)),
        reject: each(reader, &fields, "reject", selector),
        field_paths: reader.texts(&fields, "fieldPaths").into_iter().map(|it| it.value).collect(),
        options: fields.get("options").map(|it| field_options(reader, it)),
        at: Some(at),
    }
}

fn field_options(reader: &mut Reader<'_>, at: NodeId) -> FieldOptions {
    let fields = reader.fields(at, "`options`", &["delimiter", "index", "encoding", "create"]);
    reader.string(&fields, "encoding");
    FieldOptions {
        delimiter: reader.string(&fields, "delimiter"),
        index: reader.integer(&fields, "index"),
        create: reader.boolean(&fields, "create"),
    }
}

fn var(reader: &mut Reader<'_>, at: NodeId) -> Var {
    let fields = reader.fields(at, "`vars`", &["name", "objref", "fieldref"]);
    let (gvk, object, namespace) = fields.get("objref").map(|it| object_reference(reader, it)).unwrap_or_default();
    let field = fields.get("fieldref").map(|it| reader.fields(it, "`fieldref`", &["fieldPath"]));
    let path = field.map(|it| reader.string(&it, "fieldPath")).unwrap_or_default();
    let field_path = if path.is_empty() { "metadata.name".to_owned() } else { path };
    Var { name: reader.string(&fields, "name"), gvk, object, namespace, field_path, at }
}

/// Kind, name and namespace of an object.
fn object_reference(reader: &mut Reader<'_>, at: NodeId) -> (Gvk, String, String) {
    let fields = reader.fields(at, "`objref`", &["apiVersion", "group", "version", "kind", "name", "namespace"]);
    let mut gvk = gvk(reader, &fields);
    match reader.string(&fields, "apiVersion").split('/').collect::<Vec<_>>()[..] {
        [version] if !version.is_empty() => gvk.version = version.into(),
        [group, version] => (gvk.group, gvk.version) = (group.into(), version.into()),
        _ => {}
    }
    (gvk, reader.string(&fields, "name"), reader.string(&fields, "namespace"))
}

pub(crate) fn sort_options(reader: &mut Reader<'_>, at: NodeId) -> SortOptions {
    let fields = reader.fields(at, "`sortOptions`", &["order", "legacySortOptions"]);
    SortOptions {
        order: reader.string(&fields, "order"),
        legacy: fields.get("legacySortOptions").map(|it| {
            let fields = reader.fields(it, "`legacySortOptions`", &["orderFirst", "orderLast"]);
            let names =
                |reader: &mut Reader<'_>, name| reader.texts(&fields, name).into_iter().map(|it| it.value).collect();
            (names(reader, "orderFirst"), names(reader, "orderLast"))
        }),
        at: Some(at),
    }
}

fn generator(reader: &mut Reader<'_>, at: NodeId, secret: bool) -> GeneratorArgs {
    let known = &["namespace", "name", "behavior", "literals", "files", "envs", "env", "options", "type"];
    let known = if secret { &known[..] } else { &known[..8] };
    let what = if secret { "`secretGenerator`" } else { "`configMapGenerator`" };
    let fields = reader.fields(at, what, known);
    let mut args = generator_args(reader, &fields, secret);
    args.envs.extend(reader.field_text(&fields, "env").filter(|it| !it.value.is_empty()));
    args
}

/// What a generator is given, from fields that a plugin's configuration may have among others.
pub(crate) fn generator_args(reader: &mut Reader<'_>, fields: &Fields<'_>, secret: bool) -> GeneratorArgs {
    let behavior = reader.field_text(fields, "behavior");
    if let Some(unknown) =
        behavior.as_ref().filter(|it| !matches!(it.value.as_str(), "" | "create" | "merge" | "replace"))
    {
        let fault = Fault::at(format!("`{}` is no behavior; it counts as `create`", unknown.value), unknown.at);
        reader.warnings.push(fault.code("unknown-behavior").hint("write create, merge or replace"));
    }
    GeneratorArgs {
        name: reader.string(fields, "name"),
        namespace: reader.string(fields, "namespace"),
        behavior: Behavior::from_text(behavior.as_ref().map_or("", |it| it.value.as_str())),
        literals: reader.texts(fields, "literals"),
        files: reader.texts(fields, "files"),
        envs: reader.texts(fields, "envs"),
        options: fields.get("options").map(|it| generator_options(reader, it)),
        secret_type: if secret { reader.string(fields, "type") } else { String::new() },
        at: fields.at,
    }
}

fn generator_options(reader: &mut Reader<'_>, at: NodeId) -> GeneratorOptions {
    let known = &["labels", "annotations", "disableNameSuffixHash", "immutable"];
    let fields = reader.fields(at, "generator options", known);
    GeneratorOptions {
        labels: reader.string_map(&fields, "labels"),
        annotations: reader.string_map(&fields, "annotations"),
        disable_hash: reader.boolean(&fields, "disableNameSuffixHash"),
        immutable: reader.boolean(&fields, "immutable"),
    }
}
