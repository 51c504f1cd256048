//! The kustomization file: what it says, and where.
//!
//! Implements: api/types/kustomization.go and its kin of sigs.k8s.io/kustomize v5.8.1, deprecated fields included.

mod read;

use tidegate_yaml::NodeId;

use crate::{field_spec::FieldSpec, id::Gvk, reader::Text, resource::Behavior, selector::Selector};

pub(crate) use read::{
    field_specs, generator_args, gvk, image, read, read_replacements, replacement_fields, replica, selector,
    sort_options,
};

/// Kustomization or Component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum FileKind {
    #[default]
    Kustomization,
    Component,
}

/// A kustomization file (not Flux's Kustomization).
#[derive(Debug, Clone, Default)]
pub(crate) struct KustomizationFile {
    pub(crate) kind: FileKind,
    pub(crate) openapi_version: Option<String>,
    pub(crate) openapi_path: Option<Text>,
    pub(crate) name_prefix: Option<Text>,
    pub(crate) name_suffix: Option<Text>,
    pub(crate) namespace: Option<Text>,
    pub(crate) common_labels: Vec<(String, String)>,
    pub(crate) common_labels_at: Option<NodeId>,
    pub(crate) labels: Vec<Label>,
    pub(crate) common_annotations: Vec<(String, String)>,
    pub(crate) common_annotations_at: Option<NodeId>,
    pub(crate) patches_strategic_merge: Vec<Text>,
    pub(crate) patches_json6902: Vec<Patch>,
    pub(crate) patches: Vec<Patch>,
    pub(crate) images: Vec<Image>,
    pub(crate) replacements: Vec<ReplacementField>,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) vars: Vec<Var>,
    pub(crate) sort_options: Option<SortOptions>,
    pub(crate) resources: Vec<Text>,
    pub(crate) components: Vec<Text>,
    pub(crate) crds: Vec<Text>,
    pub(crate) config_maps: Vec<GeneratorArgs>,
    pub(crate) secrets: Vec<GeneratorArgs>,
    /// `helmCharts` and the deprecated `helmChartInflationGenerator`: where the first stands.
    pub(crate) helm_charts: Option<NodeId>,
    pub(crate) generator_options: Option<GeneratorOptions>,
    pub(crate) configurations: Vec<Text>,
    pub(crate) generators: Vec<Text>,
    pub(crate) transformers: Vec<Text>,
    pub(crate) validators: Vec<Text>,
    pub(crate) build_metadata: Vec<Text>,
    /// Deprecated fields that are used, and what to write instead.
    pub(crate) deprecated: Vec<(&'static str, &'static str, NodeId)>,
    /// Whether nothing is said but the kind.
    pub(crate) empty: bool,
}

/// `labels`
#[derive(Debug, Clone)]
pub(crate) struct Label {
    pub(crate) pairs: Vec<(String, String)>,
    pub(crate) include_selectors: bool,
    pub(crate) include_templates: bool,
    pub(crate) fields: Vec<FieldSpec>,
    pub(crate) at: NodeId,
}

/// `patches` and `patchesJson6902`
#[derive(Debug, Clone)]
pub(crate) struct Patch {
    pub(crate) path: Option<Text>,
    pub(crate) patch: Option<Text>,
    pub(crate) target: Option<Selector>,
    pub(crate) allow_name_change: bool,
    pub(crate) allow_kind_change: bool,
    pub(crate) at: NodeId,
}

/// `images`
#[derive(Debug, Clone, Default)]
pub(crate) struct Image {
    pub(crate) name: String,
    pub(crate) new_name: String,
    pub(crate) tag_suffix: String,
    pub(crate) new_tag: String,
    pub(crate) digest: String,
    pub(crate) at: Option<NodeId>,
}

/// `replicas`
#[derive(Debug, Clone)]
pub(crate) struct Replica {
    pub(crate) name: String,
    pub(crate) count: i64,
    pub(crate) at: NodeId,
}

/// `replacements`: one, or a file with one or many.
#[derive(Debug, Clone)]
pub(crate) struct ReplacementField {
    pub(crate) path: Option<Text>,
    pub(crate) replacement: Replacement,
    pub(crate) at: NodeId,
}

/// A value, and where it is put.
#[derive(Debug, Clone, Default)]
pub(crate) struct Replacement {
    pub(crate) source: Option<ReplacementSource>,
    pub(crate) source_value: Option<Text>,
    /// Nothing when the field is missing.
    pub(crate) targets: Option<Vec<ReplacementTarget>>,
    pub(crate) at: Option<NodeId>,
}

/// Where a value is taken from.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReplacementSource {
    pub(crate) gvk: Gvk,
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) field_path: String,
    pub(crate) options: Option<FieldOptions>,
}

/// Where a value is put.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReplacementTarget {
    pub(crate) select: Option<Selector>,
    pub(crate) reject: Vec<Selector>,
    pub(crate) field_paths: Vec<String>,
    pub(crate) options: Option<FieldOptions>,
    pub(crate) at: Option<NodeId>,
}

/// How a part of a value is taken or put.
#[derive(Debug, Clone, Default)]
pub(crate) struct FieldOptions {
    pub(crate) delimiter: String,
    pub(crate) index: i64,
    pub(crate) create: bool,
}

/// `vars` (deprecated)
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Var {
    pub(crate) name: String,
    pub(crate) gvk: Gvk,
    pub(crate) object: String,
    pub(crate) namespace: String,
    pub(crate) field_path: String,
    pub(crate) at: NodeId,
}

/// `sortOptions`
#[derive(Debug, Clone, Default)]
pub(crate) struct SortOptions {
    pub(crate) order: String,
    pub(crate) legacy: Option<(Vec<String>, Vec<String>)>,
    pub(crate) at: Option<NodeId>,
}

/// `configMapGenerator` and `secretGenerator`
#[derive(Debug, Clone)]
pub(crate) struct GeneratorArgs {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) behavior: Behavior,
    pub(crate) literals: Vec<Text>,
    pub(crate) files: Vec<Text>,
    pub(crate) envs: Vec<Text>,
    pub(crate) options: Option<GeneratorOptions>,
    /// The type of a Secret.
    pub(crate) secret_type: String,
    pub(crate) at: NodeId,
}

/// `generatorOptions`, and `options` of one generator
#[derive(Debug, Clone, Default)]
pub(crate) struct GeneratorOptions {
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) annotations: Vec<(String, String)>,
    pub(crate) disable_hash: bool,
    pub(crate) immutable: bool,
}

impl GeneratorOptions {
    /// These options, with the kustomization file's where nothing is said.
    pub(crate) fn with_global(own: Option<&Self>, global: Option<&Self>) -> Option<Self> {
        let Some(global) = global else { return own.cloned() };
        let mut merged = own.cloned().unwrap_or_default();
        for (to, from) in [(&mut merged.labels, &global.labels), (&mut merged.annotations, &global.annotations)] {
            for (key, value) in from {
                if !to.iter().any(|it| it.0 == *key) {
                    to.push((key.clone(), value.clone()));
                }
            }
            to.sort();
        }
        merged.disable_hash |= global.disable_hash;
        merged.immutable |= global.immutable;
        Some(merged)
    }
}
