//! Patches, read from files and from the kustomization file.
//!
//! Implements: `Config` of PatchTransformer, PatchStrategicMergeTransformer and PatchJson6902Transformer of
//!             sigs.k8s.io/kustomize/api v0.21.1.
//! Keeps:      a text is taken for objects if it can be, else for a JSON patch; an entry of `patchesStrategicMerge` is
//!             taken for the patch itself if it can be, else for a path.

use tidegate_base::Recorder;
use tidegate_yaml::NodeId;

use crate::{
    build::{Build, Reported, TextAt},
    documents::resource_nodes,
    file::Patch,
    json::{From, parse_json},
    json_patch::JsonPatch,
    reader::Text,
    selector::Selector,
    store::{Done, Fault},
    text::Spot,
};

/// A patch, ready to be applied.
#[derive(Debug, Clone)]
pub(crate) struct LoadedPatch {
    pub(crate) body: PatchBody,
    pub(crate) target: Option<Selector>,
    pub(crate) allow_name_change: bool,
    pub(crate) allow_kind_change: bool,
    /// The entry of the kustomization file.
    pub(crate) at: NodeId,
}

/// What a patch says.
#[derive(Debug, Clone)]
pub(crate) enum PatchBody {
    /// Objects to merge.
    StrategicMerge(Vec<NodeId>),
    /// Operations (RFC 6902).
    Json(JsonPatch),
}

impl LoadedPatch {
    /// Whether it says nothing.
    pub(crate) fn is_empty(&self) -> bool {
        match &self.body {
            PatchBody::StrategicMerge(nodes) => nodes.is_empty(),
            PatchBody::Json(operations) => operations.is_empty(),
        }
    }

    fn new(body: PatchBody, at: NodeId) -> Self {
        Self { body, target: None, allow_name_change: false, allow_kind_change: false, at }
    }
}

/// A patch's text and where it stands.
struct PatchText {
    text: String,
    place: TextAt,
}

/// Loads an entry of `patches`.
pub(crate) fn load_patch<R: Recorder>(build: &mut Build<'_, R>, folder: &Spot, entry: &Patch) -> Reported<LoadedPatch> {
    let source = patch_text(build, folder, entry, true)?;
    let body = read_body(build, &source, entry);
    let body = build.report_at(body, entry.at)?;
    Ok(LoadedPatch {
        target: entry.target.clone(),
        allow_name_change: entry.allow_name_change,
        allow_kind_change: entry.allow_kind_change,
        ..LoadedPatch::new(body, entry.at)
    })
}

/// The text of a patch: its own, or that of the file it names.
fn patch_text<R: Recorder>(build: &mut Build<'_, R>, folder: &Spot, entry: &Patch, trim: bool) -> Reported<PatchText> {
    let inline = entry.patch.as_ref().filter(|it| !trim || !it.value.trim().is_empty());
    match (inline, &entry.path) {
        (Some(_), Some(_)) => {
            let fault = Fault::at("a patch has either `path` or `patch`, not both", entry.at).code("invalid-patch");
            Err(build.fail(fault.hint("take one of them away")))
        }
        (Some(inline), None) => {
            let mut place = TextAt::inside(build, folder, inline.at);
            let text = if trim { inline.value.trim() } else { &inline.value };
            let skipped = inline.value.len() - inline.value.trim_start().len();
            if trim {
                place.lines_before += inline.value[..skipped].matches('\n').count() as u32;
            }
            Ok(PatchText { text: text.to_owned(), place })
        }
        (None, Some(path)) => {
            let (spot, bytes) = build.read_spot(folder, path)?;
            let text = build.text(&bytes, &spot).map(std::borrow::Cow::into_owned);
            let text = build.report(text)?;
            Ok(PatchText { text, place: TextAt::file(&spot) })
        }
        (None, None) => {
            let fault = Fault::at("a patch has neither `path` nor `patch`", entry.at).code("invalid-patch");
            Err(build.fail(fault.hint("give it the `path` of a file, or the `patch` itself")))
        }
    }
}

/// Tells what a patch is by reading it.
fn read_body<R: Recorder>(build: &mut Build<'_, R>, source: &PatchText, entry: &Patch) -> Done<PatchBody> {
    let objects = match resource_nodes(build, &source.text, &source.place) {
        Ok(nodes) => return Ok(strategic_merge(build, nodes)),
        Err(fault) if fault.code == "limit" => return Err(fault),
        Err(fault) => fault,
    };
    match read_operations(build, &source.text, &source.place) {
        Ok(_) if entry.target.is_none() => Err(no_target(entry.at)),
        Ok(operations) => Ok(PatchBody::Json(operations)),
        Err(operations) => Err(better(source, objects, operations)),
    }
}

fn strategic_merge<R: Recorder>(build: &mut Build<'_, R>, nodes: Vec<NodeId>) -> PatchBody {
    crate::warnings::of_duplicate_keys(build, &nodes);
    PatchBody::StrategicMerge(nodes)
}

fn no_target(at: NodeId) -> Fault {
    Fault::at("a JSON patch needs a `target`", at)
        .code("invalid-patch")
        .hint("say which objects it is for: `target: {kind: Deployment, name: …}`")
}

/// Which of two faults tells more about a text that is neither objects nor operations.
fn better(source: &PatchText, objects: Fault, operations: Fault) -> Fault {
    let text = source.text.trim_start();
    let looks_like_list = text.starts_with(['-', '[']) && !text.starts_with("---");
    let fault = if looks_like_list { operations } else { objects };
    fault.within("the patch is neither an object to merge nor a JSON patch")
}

/// Reads a JSON patch, written in JSON or YAML.
fn read_operations<R: Recorder>(build: &mut Build<'_, R>, text: &str, place: &TextAt) -> Done<JsonPatch> {
    if text.is_empty() {
        return Err(Fault::new("the patch is empty").code("invalid-patch"));
    }
    if text.starts_with('[') {
        let start = build.note_text(text, place);
        let depth = build.limits.depth;
        let root = parse_json(&mut build.store, text, start, depth)?;
        return JsonPatch::read(&build.store, root, From::Json);
    }
    let Some(document) = build.parse(text, place, false)? else {
        return Err(Fault::new("the patch is empty").code("invalid-patch"));
    };
    let root = build.without_anchors(document)?;
    JsonPatch::read(&build.store, root, From::Sigs)
}

/// Loads an entry of `patchesJson6902`.
pub(crate) fn load_json_patch<R: Recorder>(
    build: &mut Build<'_, R>,
    folder: &Spot,
    entry: &Patch,
) -> Reported<LoadedPatch> {
    if entry.target.as_ref().is_none_or(|it| it.name.is_empty()) {
        let fault = Fault::at("the `target` of a JSON patch needs a `name`", entry.at).code("invalid-patch");
        return Err(build.fail(fault.hint("name the object, or use `patches`, where a `target` may select many")));
    }
    let source = patch_text(build, folder, entry, false)?;
    let operations = read_operations(build, &source.text, &source.place);
    let operations = build.report_at(operations, entry.at)?;
    if operations.is_empty() {
        return Err(build.fail(Fault::at("the JSON patch has no operations", entry.at).code("invalid-patch")));
    }
    Ok(LoadedPatch { target: entry.target.clone(), ..LoadedPatch::new(PatchBody::Json(operations), entry.at) })
}

/// Loads an entry of `patchesStrategicMerge`.
pub(crate) fn load_strategic_merge<R: Recorder>(
    build: &mut Build<'_, R>,
    folder: &Spot,
    entry: &Text,
) -> Reported<LoadedPatch> {
    let place = TextAt::inside(build, folder, entry.at);
    // A path is a scalar, which is no object.
    let looks_inline = entry.value.contains([':', '{', '\n', '#']) || entry.value.trim().is_empty();
    let inline = if looks_inline { resource_nodes(build, &entry.value, &place) } else { Err(Fault::new("")) };
    let nodes = match inline {
        Ok(nodes) => nodes,
        Err(fault) if entry.value.contains('\n') => return Err(build.fail(fault.or_at(entry.at))),
        Err(_) => {
            let spot = build.find_named(folder, entry)?;
            build.resource_file(&spot, entry)?
        }
    };
    Ok(LoadedPatch::new(strategic_merge(build, nodes), entry.at))
}

/// Reads strategic merge patches out of one text.
pub(crate) fn load_strategic_merge_text<R: Recorder>(
    build: &mut Build<'_, R>,
    folder: &Spot,
    entry: &Text,
) -> Reported<LoadedPatch> {
    let place = TextAt::inside(build, folder, entry.at);
    let nodes = resource_nodes(build, &entry.value, &place);
    let nodes = build.report_at(nodes, entry.at)?;
    Ok(LoadedPatch::new(strategic_merge(build, nodes), entry.at))
}
