//! What identifies a resource.
//!
//! Implements: resid/gvk.go and resid/resid.go of sigs.k8s.io/kustomize/kyaml v0.21.1.

use std::fmt;

use smol_str::SmolStr;

use crate::schema::Schemas;

/// Group, version and kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Gvk {
    pub(crate) group: SmolStr,
    pub(crate) version: SmolStr,
    pub(crate) kind: SmolStr,
}

/// Group and version of an `apiVersion`.
pub(crate) fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

impl Gvk {
    pub(crate) fn new(api_version: &str, kind: &str) -> Self {
        let (group, version) = split_api_version(api_version);
        Self { group: group.into(), version: version.into(), kind: kind.into() }
    }

    /// Whether every field that `selector` names is the same here.
    pub(crate) fn is_selected(&self, selector: &Self) -> bool {
        selects(&selector.group, &self.group)
            && selects(&selector.version, &self.version)
            && selects(&selector.kind, &self.kind)
    }

    /// The order in which kustomize sorts field specs.
    pub(crate) fn sort_key(&self) -> (i32, String) {
        let text = format!("{}_{}_{}", or(&self.group, "~G"), or(&self.version, "~V"), or(&self.kind, "~K"));
        (type_order(&self.kind, ORDER_FIRST, ORDER_LAST), text)
    }
}

fn selects(selector: &str, value: &str) -> bool {
    selector.is_empty() || selector == value
}

fn or<'a>(text: &'a str, empty: &'a str) -> &'a str {
    if text.is_empty() { empty } else { text }
}

/// Where a kind stands between those that come first (negative) and those that come last (positive).
pub(crate) fn type_order<S: AsRef<str>>(kind: &str, first: &[S], last: &[S]) -> i32 {
    // A kind that stands in both lists, or twice, counts as Go's map has it: the last one wins.
    if let Some(found) = last.iter().rposition(|it| it.as_ref() == kind) {
        return found as i32 + 1;
    }
    first.iter().rposition(|it| it.as_ref() == kind).map_or(0, |it| it as i32 - first.len() as i32)
}

/// Kinds that come first when kustomize sorts.
pub(crate) const ORDER_FIRST: &[&str] = &[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// Kinds that come last when kustomize sorts.
pub(crate) const ORDER_LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

impl fmt::Display for Gvk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (group, version, kind) = (&self.group, &self.version, &self.kind);
        write!(out, "{}.{}.{}", or(kind, "[noKind]"), or(version, "[noVer]"), or(group, "[noGrp]"))
    }
}

/// The namespace of what belongs to no namespace.
const NO_NAMESPACE: &str = "_non_namespaceable_";
const DEFAULT_NAMESPACE: &str = "default";

/// A resource's identity.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct ResId {
    pub(crate) gvk: Gvk,
    pub(crate) name: SmolStr,
    pub(crate) namespace: SmolStr,
    /// Whether the kind is known to belong to the cluster.
    pub(crate) cluster: bool,
}

impl ResId {
    pub(crate) fn new(schemas: &mut Schemas, api_version: &str, kind: &str, name: &str, namespace: &str) -> Self {
        Self {
            cluster: schemas.is_cluster_scoped(api_version, kind),
            gvk: Gvk::new(api_version, kind),
            name: name.into(),
            namespace: namespace.into(),
        }
    }

    /// The namespace that counts when two identities are compared.
    pub(crate) fn effective_namespace(&self) -> &str {
        if self.cluster {
            NO_NAMESPACE
        } else if self.namespace.is_empty() {
            DEFAULT_NAMESPACE
        } else {
            &self.namespace
        }
    }

    pub(crate) fn is_same_namespace(&self, other: &Self) -> bool {
        self.effective_namespace() == other.effective_namespace()
    }

    /// Kustomize's equality: the effective namespace counts.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.gvk == other.gvk && self.is_same_namespace(other)
    }

    /// Whether every field that `selector` names is the same here.
    pub(crate) fn is_selected_by(&self, selector: &Self) -> bool {
        (selector.name.is_empty() || selector.name == self.name)
            && (selector.namespace.is_empty() || selector.is_same_namespace(self))
            && self.gvk.is_selected(&selector.gvk)
    }
}

impl fmt::Display for ResId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}.{}", self.gvk, or(&self.name, "[noName]"), or(&self.namespace, "[noNs]"))
    }
}
