//! Transformers: what changes the objects of a kustomization.
//!
//! In: objects. Out: the same, changed. A transformer is made of a field of a kustomization file, or of a plugin's
//! configuration.
//!
//! Implements: internal/builtins and api/filters of sigs.k8s.io/kustomize v5.8.1.

mod image;
mod label;
mod namespace;
mod patch;
mod rename;
mod replicas;
mod sort;
mod value_add;

use std::sync::Arc;

use rustc_hash::FxHashMap;
use tidegate_base::{Origin, Recorder};
use tidegate_yaml::{Kind, Tag};

pub(crate) use image::Change as ImageChange;
pub(crate) use namespace::SubjectMode;
pub(crate) use sort::sort;
pub(crate) use value_add::ValueTarget;

use crate::{
    build::Build,
    field_spec::{Create, FieldSpec},
    file::{Image, Replacement, Replica, SortOptions},
    load::LoadedPatch,
    res_map::ResMap,
    resource::Note,
    store::{Done, Fault, Where},
};

/// The specs of a transformer; shared, since most are the built-in ones.
pub(crate) type Specs = Arc<[FieldSpec]>;

/// Something that changes objects.
#[derive(Debug, Clone)]
pub(crate) enum Transform {
    StrategicMerges(Vec<LoadedPatch>),
    Patch(LoadedPatch),
    JsonPatch(LoadedPatch),
    Namespace { namespace: String, specs: Specs, unset_only: bool, subjects: SubjectMode },
    Prefix { text: String, specs: Specs },
    Suffix { text: String, specs: Specs },
    PrefixAndSuffix { prefix: String, suffix: String, specs: Specs },
    Labels { entries: Vec<(String, String)>, specs: Specs },
    Annotations { entries: Vec<(String, String)>, specs: Specs },
    Replicas { replica: Replica, specs: Specs },
    Image { image: Image, specs: Specs },
    Replacements(Vec<Replacement>),
    Sort(SortOptions),
    ValueAdd { value: String, targets: Vec<ValueTarget> },
    Hash,
}

/// A transformer with what is told of it.
#[derive(Debug, Clone)]
pub(crate) struct Transformer {
    pub(crate) transform: Transform,
    /// The field of the kustomization file, or the plugin's kind.
    pub(crate) what: &'static str,
    /// Where it is configured.
    pub(crate) at: Origin,
    /// What the transformer annotation tells.
    pub(crate) note: Option<Note>,
}

impl Transformer {
    /// A fault that knows no place is shown where the transformer is configured.
    pub(crate) fn locate(&self, fault: Fault) -> Fault {
        match (&fault.place, self.at.as_text()) {
            (Where::Unknown, Some(at)) => Fault { place: Where::Text(at), ..fault },
            _ => fault,
        }
    }

    /// Applies the transformer.
    pub(crate) fn apply<R: Recorder>(&self, build: &mut Build<'_, R>, resources: &mut ResMap) -> Done {
        build.begin(self.what, self.at);
        match &self.transform {
            Transform::StrategicMerges(patches) => {
                patches.iter().try_for_each(|it| patch::apply_merges(build, resources, it))
            }
            Transform::Patch(patch) => patch::apply(build, resources, patch),
            Transform::JsonPatch(patch) => patch::apply_json(build, resources, patch, false),
            Transform::Namespace { namespace, specs, unset_only, subjects } => {
                let namespace = namespace::Namespace { namespace, specs, unset_only: *unset_only, subjects: *subjects };
                namespace.apply(build, resources)
            }
            Transform::Prefix { text, specs } => rename::apply(build, resources, rename::Side::Prefix, text, specs),
            Transform::Suffix { text, specs } => rename::apply(build, resources, rename::Side::Suffix, text, specs),
            Transform::PrefixAndSuffix { prefix, suffix, specs } => {
                rename::apply(build, resources, rename::Side::Prefix, prefix, specs)?;
                rename::apply(build, resources, rename::Side::Suffix, suffix, specs)
            }
            Transform::Labels { entries, specs } | Transform::Annotations { entries, specs } => {
                label::apply(build, resources, entries, specs, self.at)
            }
            Transform::Replicas { replica, specs } => replicas::apply(build, resources, replica, specs),
            Transform::Image { image, specs } => image::apply(build, resources, image, specs),
            Transform::Replacements(list) => {
                list.iter().try_for_each(|it| crate::replacement::apply(build, resources, it))
            }
            Transform::ValueAdd { value, targets } => value_add::apply(build, resources, value, targets),
            Transform::Sort(options) => sort(build, resources, options),
            Transform::Hash => crate::target::add_hashes(build, resources),
        }
    }
}

/// What fields are created as that hold a mapping of strings.
const MAPPING: Create = Create { kind: Kind::Mapping, tag: Tag::Map };
/// What fields are created as that hold a string.
const STRING: Create = Create { kind: Kind::Scalar, tag: Tag::Str };

/// Which of a list of specs are about a kind, found once for each kind.
struct ByKind<'s> {
    specs: &'s [FieldSpec],
    known: FxHashMap<(String, String), Arc<[u32]>>,
}

impl<'s> ByKind<'s> {
    fn new(specs: &'s [FieldSpec]) -> Self {
        Self { specs, known: FxHashMap::default() }
    }

    /// The indices of the specs about objects of this kind.
    fn of(&mut self, api_version: &str, kind: &str) -> Arc<[u32]> {
        let key = (api_version.to_owned(), kind.to_owned());
        let specs = self.specs;
        let made = self.known.entry(key).or_insert_with(|| {
            let applies = |it: &u32| specs[*it as usize].applies(api_version, kind);
            (0..specs.len() as u32).filter(applies).collect()
        });
        Arc::clone(made)
    }
}
