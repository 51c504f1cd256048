//! Where the built-in transformers look: the default field specs, and those of `configurations` and `crds`.
//!
//! Implements: internal/plugins/builtinconfig of sigs.k8s.io/kustomize/api v0.21.1.

mod defaults;

use std::sync::{Arc, OnceLock};

use crate::{
    field_spec::{FieldSpec, merge_all, say_all},
    id::Gvk,
};

/// A kind, and the fields in which others name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BackReference {
    pub(crate) gvk: Gvk,
    pub(crate) referrers: Vec<FieldSpec>,
}

/// The field specs of every transformer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Config {
    pub(crate) name_prefix: Vec<FieldSpec>,
    pub(crate) name_suffix: Vec<FieldSpec>,
    pub(crate) namespace: Vec<FieldSpec>,
    pub(crate) common_labels: Vec<FieldSpec>,
    pub(crate) labels: Vec<FieldSpec>,
    pub(crate) template_labels: Vec<FieldSpec>,
    pub(crate) common_annotations: Vec<FieldSpec>,
    pub(crate) name_reference: Vec<BackReference>,
    pub(crate) var_reference: Vec<FieldSpec>,
    pub(crate) images: Vec<FieldSpec>,
    pub(crate) replicas: Vec<FieldSpec>,
}

type Spec = (&'static str, &'static str, &'static str, &'static str, bool);

fn gvk(group: &str, version: &str, kind: &str) -> Gvk {
    Gvk { group: group.into(), version: version.into(), kind: kind.into() }
}

fn specs(table: &[Spec]) -> Vec<FieldSpec> {
    table.iter().map(|it| FieldSpec::new(gvk(it.0, it.1, it.2), it.3, it.4)).collect()
}

impl Config {
    /// What kustomize knows by itself.
    pub(crate) fn builtin() -> Arc<Self> {
        static DEFAULT: OnceLock<Arc<Config>> = OnceLock::new();
        Arc::clone(DEFAULT.get_or_init(|| {
            Arc::new(Self {
                name_prefix: specs(defaults::NAME_PREFIX),
                name_suffix: specs(defaults::NAME_SUFFIX),
                namespace: specs(defaults::NAMESPACE),
                common_labels: specs(defaults::COMMON_LABELS),
                labels: Vec::new(),
                template_labels: specs(defaults::TEMPLATE_LABELS),
                common_annotations: specs(defaults::COMMON_ANNOTATIONS),
                name_reference: defaults::NAME_REFERENCE
                    .iter()
                    .map(|it| BackReference { gvk: gvk(it.0, it.1, it.2), referrers: specs(it.3) })
                    .collect(),
                var_reference: specs(defaults::VAR_REFERENCE),
                images: specs(defaults::IMAGES),
                replicas: specs(defaults::REPLICAS),
            })
        }))
    }

    /// The lists of field specs, in one order.
    pub(crate) fn lists_mut(&mut self) -> [(&'static str, &mut Vec<FieldSpec>); 10] {
        [
            ("namePrefix", &mut self.name_prefix),
            ("nameSuffix", &mut self.name_suffix),
            ("namespace", &mut self.namespace),
            ("commonLabels", &mut self.common_labels),
            ("labels", &mut self.labels),
            ("templateLabels", &mut self.template_labels),
            ("commonAnnotations", &mut self.common_annotations),
            ("varReference", &mut self.var_reference),
            ("images", &mut self.images),
            ("replicas", &mut self.replicas),
        ]
    }

    /// The lists of field specs, as [`lists_mut`](Self::lists_mut).
    fn lists(&self) -> [(&'static str, &Vec<FieldSpec>); 10] {
        [
            ("namePrefix", &self.name_prefix),
            ("nameSuffix", &self.name_suffix),
            ("namespace", &self.namespace),
            ("commonLabels", &self.common_labels),
            ("labels", &self.labels),
            ("templateLabels", &self.template_labels),
            ("commonAnnotations", &self.common_annotations),
            ("varReference", &self.var_reference),
            ("images", &self.images),
            ("replicas", &self.replicas),
        ]
    }

    /// The built-in one as a kustomization has it: merged into one that says nothing, which may lose specs that a more
    /// special one stands before.
    fn builtin_merged() -> Arc<Self> {
        static MERGED: OnceLock<Arc<Config>> = OnceLock::new();
        Arc::clone(MERGED.get_or_init(|| {
            let merged = Self::default().merge(&Self::builtin());
            Arc::new(merged.unwrap_or_default())
        }))
    }

    /// This one with what `more` says beyond it.
    ///
    /// # Errors
    /// Both speak of the same fields and disagree.
    pub(crate) fn merged(self: &Arc<Self>, more: &Arc<Self>) -> Result<Arc<Self>, String> {
        let (builtin, merged) = (Self::builtin(), Self::builtin_merged());
        let is_builtin = Arc::ptr_eq(more, &builtin);
        if is_builtin && **self == Self::default() {
            return Ok(merged);
        }
        if **more == Self::default() || Arc::ptr_eq(self, &merged) && (is_builtin || Arc::ptr_eq(more, &merged)) {
            return Ok(Arc::clone(self));
        }
        if self.says_all(more) {
            return Ok(Arc::clone(self));
        }
        self.merge(more).map(Arc::new)
    }

    /// Whether merging `more` would change nothing.
    fn says_all(&self, more: &Self) -> bool {
        let refers = |more: &BackReference| {
            let mut same = self.name_reference.iter().filter(|it| it.gvk == more.gvk).peekable();
            same.peek().is_some() && same.all(|it| say_all(&it.referrers, &more.referrers))
        };
        self.lists().into_iter().zip(more.lists()).all(|(known, more)| say_all(known.1, more.1))
            && more.name_reference.iter().all(refers)
    }

    fn merge(&self, more: &Self) -> Result<Self, String> {
        let mut merged = self.clone();
        for ((name, to), (_, from)) in merged.lists_mut().into_iter().zip(more.lists()) {
            merge_all(to, from).map_err(|it| format!("`{name}`: {it}"))?;
        }
        for reference in &more.name_reference {
            merged.refer(reference).map_err(|it| format!("`nameReference`: {it}"))?;
        }
        merged.sort();
        Ok(merged)
    }

    /// Adds the fields that name a kind.
    ///
    /// # Errors
    /// A field is there, but says otherwise about creating it.
    pub(crate) fn refer(&mut self, more: &BackReference) -> Result<(), String> {
        let mut found = false;
        for reference in self.name_reference.iter_mut().filter(|it| it.gvk == more.gvk) {
            found = true;
            merge_all(&mut reference.referrers, &more.referrers)?;
        }
        if !found {
            self.name_reference.push(more.clone());
        }
        Ok(())
    }

    /// Sorts every list by kind, as upstream does after each merge.
    pub(crate) fn sort(&mut self) {
        for (_, list) in self.lists_mut() {
            list.sort_by(|a, b| a.order().cmp(b.order()));
        }
        self.name_reference.sort_by_cached_key(|it| it.gvk.sort_key());
    }
}
