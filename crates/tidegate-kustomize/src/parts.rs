//! Parts of a build by themselves, as upstream's own tests look at them.
//!
//! In: texts. Out: texts, or what is wrong.

use tidegate_base::{Diagnostic, Limits, Meter, RepoPath, Severity, World, origin::Off};
use tidegate_yaml::{Kind, NodeId, ParseOptions, Style, Tag, Tree, Value, go, parse_all, parse_first, write::kyaml};

use crate::{
    build::{Build, Reported, TextAt},
    documents::resource_nodes,
    field_spec::{Create, FieldSpec, visit},
    file::Image,
    id::Gvk,
    json::{From, parse_json},
    json_patch::JsonPatch,
    merge::{Merge, Rules},
    name_reference,
    options::Options,
    output, plugin,
    res_map::ResMap,
    resource::{Resource, State},
    schema::Schemas,
    store::{Done, Fault, Store},
    text::Spot,
    transform, variables,
};

/// What is wrong with a text.
pub type Problems = Vec<Diagnostic>;

/// How a strategic merge works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MergeRules {
    /// Items of the patch come last; kustomize puts them first.
    pub append: bool,
    /// Lists of unknown kind are merged by name; kustomize replaces them.
    pub infer: bool,
}

/// Merges the object in the text `patch` into that in `object`, as kyaml's merge2 does; nothing is left when the patch
/// deletes the object.
///
/// # Errors
/// One of the texts is not YAML, or the two do not fit together; gives a message.
pub fn strategic_merge(object: &str, patch: &str, rules: MergeRules) -> Result<Option<String>, String> {
    let limits = Limits::default();
    let mut store = Store::<Off>::new(Tree::new(limits.nodes), limits.depth);
    let (object, patch) = (first(&mut store, object)?, first(&mut store, patch)?);
    let rules = Rules { append: rules.append, infer: rules.infer };
    let (mut steps, mut schemas) = (Meter::new("steps", limits.steps), Schemas::default());
    let mut merge = Merge { store: &mut store, schemas: &mut schemas, steps: &mut steps, rules, surprises: Vec::new() };
    let merged = merge.merge(object, patch).map_err(|it| it.message)?;
    Ok(merged.map(|it| kyaml::node(&store.tree, it)))
}

fn first(store: &mut Store<Off>, text: &str) -> Result<NodeId, String> {
    let document = parse_first(&mut store.tree, text, ParseOptions::default()).map_err(|it| it.to_string())?;
    document.map(|it| it.root).ok_or_else(|| "the text holds no document".to_owned())
}

/// Applies a JSON patch to any JSON document.
///
/// # Errors
/// One of the texts is not JSON, or an operation does not apply; gives a message.
pub fn json_patch(document: &str, patch: &str) -> Result<String, String> {
    if document.is_empty() {
        return Ok(String::new());
    }
    let mut store = Store::<Off>::new(Tree::default(), Limits::default().depth);
    let mut read = |text: &str| {
        store.tree.add_text(text);
        parse_json(&mut store, text, 0, Limits::default().depth).map_err(|it| it.message)
    };
    let (document, patch) = (read(document)?, read(patch)?);
    let patch = JsonPatch::read(&store, patch, From::Json).map_err(|it| it.message)?;
    let root = patch.apply_to(&mut store, document, &mut Vec::new()).map_err(|it| it.message)?;
    let value = tidegate_yaml::decode_value(&store.tree, root, tidegate_yaml::Schema::V2).map_err(|it| it.problem)?;
    let mut out = String::new();
    go::write_json(&mut out, &value);
    Ok(out)
}

/// How objects are read and printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As `kustomize build` reads and prints them.
    Resources,
    /// As kyaml reads and prints nodes: nothing is required of them, and their looks are kept.
    Nodes,
}

/// What a built-in plugin makes of objects: what it generates, or the objects changed. Files are read from the root of
/// `world`.
///
/// # Errors
/// Objects or configuration cannot be read, or the plugin fails.
pub fn run_plugin(world: &dyn World, config: &str, objects: &str, form: Form) -> Result<String, Problems> {
    let options = Options::default();
    let mut build = Build::<Off>::new(world, &options);
    let result = plugin_output(&mut build, config, objects, form);
    result.map_err(|_| errors(build))
}

fn errors(build: Build<'_, Off>) -> Problems {
    build.problems.into_iter().filter(|it| it.severity == Severity::Error).collect()
}

fn plugin_output(build: &mut Build<'_, Off>, config: &str, objects: &str, form: Form) -> Reported<String> {
    let folder = Spot { world: 0, path: RepoPath::root() };
    let at = TextAt::file(&folder);
    let config = resource_nodes(build, config, &at)
        .and_then(|it| it.first().copied().ok_or_else(|| Fault::new("there is no configuration")));
    let config = Resource::new(build.report(config)?);
    let mut resources = read(build, objects, form)?;
    let kind = config.kind(&build.store);
    if kind.ends_with("Generator") {
        let made = plugin::generate(build, &folder, &config)?;
        resources.set(made);
    } else {
        let transformer = match kind {
            "SortOrderTransformer" => plugin::sorter(build, &folder, &config)?,
            _ => plugin::transformer(build, &folder, &config)?,
        };
        let applied = transformer.apply(build, &mut resources);
        build.report(applied)?;
        resources.drop_empty(build);
    }
    let written = print(build, &resources, form);
    build.report(written)
}

fn read(build: &mut Build<'_, Off>, objects: &str, form: Form) -> Reported<ResMap> {
    let folder = Spot { world: 0, path: RepoPath::root() };
    let at = TextAt::file(&folder);
    let nodes = match form {
        Form::Resources => resource_nodes(build, objects, &at),
        Form::Nodes => all_nodes(build, objects),
    };
    let nodes = build.report(nodes)?;
    let mut list = Vec::new();
    for node in nodes {
        let mut resource = Resource::new(node);
        let read = match form {
            Form::Resources => resource.take_state(&mut build.store),
            Form::Nodes => resource.read_state(&build.store).map(|_| ()),
        };
        build.report(read)?;
        list.push(resource);
    }
    let mut resources = ResMap::default();
    resources.set(list);
    Ok(resources)
}

fn all_nodes(build: &mut Build<'_, Off>, objects: &str) -> Done<Vec<NodeId>> {
    let documents = parse_all(&mut build.store.tree, objects, ParseOptions::default())?;
    let mut nodes = Vec::new();
    for document in documents {
        if !build.store.is_null(document.root) {
            nodes.push(build.without_anchors(document)?);
        }
    }
    Ok(nodes)
}

fn print(build: &mut Build<'_, Off>, resources: &ResMap, form: Form) -> Done<String> {
    let mut texts = Vec::with_capacity(resources.len());
    for resource in resources.list() {
        texts.push(match form {
            Form::Resources => {
                // What upstream keeps in annotations made strings of all of them.
                if resource.state != State::default() {
                    let entries = resource.meta_map(&build.store, "annotations");
                    resource.set_meta_map(&mut build.store, "annotations", entries)?;
                }
                output::object_yaml(&build.store.tree, resource.node)?
            }
            Form::Nodes => kyaml::node(&build.store.tree, resource.node),
        });
    }
    Ok(texts.join("---\n"))
}

/// Kinds that a field spec is about: group, version and kind.
pub type Kinds<'a> = [&'a str; 3];

/// A field: kinds, path, and whether it is created.
pub type Field<'a> = (Kinds<'a>, &'a str, bool);

/// Sets fields of every object to a text; with `entry`, they are mappings that get an entry of that name. What is null or
/// missing is created if `create` says so.
///
/// # Errors
/// A text cannot be read, or a path does not fit an object.
pub fn set_fields(
    objects: &str,
    fields: &[Field<'_>],
    entry: Option<&str>,
    value: &str,
    create: bool,
) -> Result<String, Problems> {
    let world = Nothing;
    let options = Options::default();
    let mut build = Build::<Off>::new(&world, &options);
    let kind = if entry.is_some() { Kind::Mapping } else { Kind::Scalar };
    let create = create.then_some(Create { kind, tag: Tag::None });
    let result = read(&mut build, objects, Form::Nodes).and_then(|resources| {
        for resource in resources.list() {
            for (kinds, path, create_field) in fields {
                let spec = FieldSpec::new(gvk(*kinds), path, *create_field);
                let done = visit(&mut build.store, resource.node, &spec, create, &mut |store, node| {
                    let value = store.scalar(value);
                    match entry {
                        Some(entry) => store.set_field(node, entry, Some(value), Style::PLAIN),
                        None => store.set_scalar(node, value),
                    }
                });
                build.report(done)?;
            }
        }
        let text = print(&mut build, &resources, Form::Nodes);
        build.report(text)
    });
    result.map_err(|_| errors(build))
}

fn gvk([group, version, kind]: Kinds<'_>) -> Gvk {
    Gvk { group: group.into(), version: version.into(), kind: kind.into() }
}

/// An image: name, new name, tag suffix, new tag, digest.
pub type ImageChange<'a> = [&'a str; 5];

/// Changes the images in fields of every object.
///
/// # Errors
/// As [`set_fields`].
pub fn set_images(objects: &str, fields: &[Field<'_>], image: ImageChange<'_>) -> Result<String, Problems> {
    let [name, new_name, tag_suffix, new_tag, digest] = image.map(str::to_owned);
    let image = Image { name, new_name, tag_suffix, new_tag, digest, at: None };
    let world = Nothing;
    let options = Options::default();
    let mut build = Build::<Off>::new(&world, &options);
    let result = read(&mut build, objects, Form::Nodes).and_then(|resources| {
        let change = transform::ImageChange::new(&build, &image);
        let objects = resources.list().iter().filter(|it| it.kind(&build.store) != "CustomResourceDefinition");
        let nodes: Vec<NodeId> = objects.map(|it| it.node).collect();
        for node in nodes {
            for (kinds, path, create) in fields {
                let spec = FieldSpec::new(gvk(*kinds), path, *create);
                let set = &mut |store: &mut Store<Off>, node| change.set(store, node);
                let done = visit(&mut build.store, node, &spec, None, set);
                build.report(done)?;
            }
        }
        let text = print(&mut build, &resources, Form::Nodes);
        build.report(text)
    });
    result.map_err(|_| errors(build))
}

/// Corrects the names of `candidates` in the field at `path` of `object`; annotations of the candidates and of `state`,
/// which is the object, tell what they were called.
///
/// # Errors
/// A text cannot be read, or a name is ambiguous.
pub fn fix_names(
    object: &str,
    state: &str,
    candidates: &str,
    path: &str,
    target: Kinds<'_>,
) -> Result<String, Problems> {
    let world = Nothing;
    let options = Options::default();
    let mut build = Build::<Off>::new(&world, &options);
    let result = read(&mut build, object, Form::Nodes).and_then(|mut mine| {
        let mut list = mine.take();
        let known = read(&mut build, state, Form::Nodes)?;
        for (object, known) in list.iter_mut().zip(known.list()) {
            object.state = known.state.clone();
        }
        mine.set(list);
        let candidates = read(&mut build, candidates, Form::Nodes)?;
        for referrer in mine.list() {
            let spec = FieldSpec::any(path, false);
            let fixed = name_reference::fix_field(&mut build, referrer, &candidates, &spec, &gvk(target));
            build.report(fixed)?;
        }
        let text = print(&mut build, &mine, Form::Nodes);
        build.report(text)
    });
    result.map_err(|_| errors(build))
}

/// Puts the values of variables into the field at `path` of every object.
///
/// # Errors
/// A text cannot be read, or the field holds what is no text.
pub fn replace_variables(objects: &str, path: &str, values: &[(String, Value)]) -> Result<String, Problems> {
    let world = Nothing;
    let options = Options::default();
    let mut build = Build::<Off>::new(&world, &options);
    let values = values.iter().map(|(name, value)| (name.clone(), as_variable(value))).collect();
    let result = read(&mut build, objects, Form::Nodes).and_then(|resources| {
        let replaced = variables::replace(&mut build, &resources, &[FieldSpec::any(path, false)], values);
        build.report(replaced)?;
        let text = print(&mut build, &resources, Form::Nodes);
        build.report(text)
    });
    result.map_err(|_| errors(build))
}

fn as_variable(value: &Value) -> variables::Value {
    match value {
        Value::Str(it) => variables::Value::Text(it.clone()),
        Value::Int(it) => variables::Value::Int(*it),
        Value::Float(it) => variables::Value::Float(*it),
        Value::Bool(it) => variables::Value::Bool(*it),
        _ => variables::Value::Collection,
    }
}

/// A world without files.
struct Nothing;

impl World for Nothing {
    fn find(&self, path: &RepoPath) -> Result<tidegate_base::Found, tidegate_base::WorldError> {
        Err(tidegate_base::WorldError::Missing(path.clone()))
    }

    fn read(&self, path: &RepoPath, _limit: u64) -> Result<std::sync::Arc<[u8]>, tidegate_base::WorldError> {
        Err(tidegate_base::WorldError::Missing(path.clone()))
    }

    fn list(&self, path: &RepoPath) -> Result<Vec<tidegate_base::Entry>, tidegate_base::WorldError> {
        Err(tidegate_base::WorldError::Missing(path.clone()))
    }

    fn label(&self) -> &str {
        "nothing"
    }
}
