//! Strategic merge.
//!
//! In: an object and a patch. Out: the object changed, or nothing when the patch deletes it.
//!
//! Implements: yaml/merge2 and yaml/walk of sigs.k8s.io/kustomize/kyaml v0.21.1, with lists prepended.
//! Keeps:      where the object has nothing, the patch's own nodes take the place; `$patch` stands in a mapping or as an
//!             item of a list; an empty `null` of the object goes, an explicit one stays.
//! Refuses:    a mapping for a list, and the like; `$patch` with another value than delete, replace or merge.

mod list;

use tidegate_base::{Meter, Recorder};
use tidegate_yaml::{Extra, Kind, NodeId, Style, Tag};

use crate::{
    schema::{Schema, Schemas},
    store::{Done, Fault, Store, kind_name},
};

/// What a merge did that the patch's author may not have meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Surprise {
    pub(crate) message: String,
    pub(crate) at: NodeId,
}

/// What kyaml's merge can do beyond what kustomize asks of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Rules {
    /// The patch's items come last, not first.
    pub(crate) append: bool,
    /// Lists of unknown kind whose items all have a name are merged by it.
    pub(crate) infer: bool,
}

/// Merges patches into objects.
pub(crate) struct Merge<'a, R> {
    pub(crate) store: &'a mut Store<R>,
    pub(crate) schemas: &'a mut Schemas,
    pub(crate) steps: &'a mut Meter,
    pub(crate) rules: Rules,
    /// What happened that the patch's author may not have meant.
    pub(crate) surprises: Vec<Surprise>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

const DIRECTIVE: &str = "$patch";

/// A field of the object, of the patch, or of both: keys and values.
#[derive(Clone, Copy)]
struct Field {
    name: NodeId,
    mine: Option<(NodeId, NodeId)>,
    theirs: Option<(NodeId, NodeId)>,
}

impl<R: Recorder> Merge<'_, R> {
    /// Merges `patch` into `object`; nodes of the patch may become part of it. Nothing is left when it deletes the object.
    ///
    /// # Errors
    /// The two do not fit together.
    pub(crate) fn merge(&mut self, object: NodeId, patch: NodeId) -> Done<Option<NodeId>> {
        self.walk(Some(object), Some(patch), None)
    }

    /// The value of both; `dest` is the object's, `origin` the patch's.
    fn walk(&mut self, dest: Option<NodeId>, origin: Option<NodeId>, schema: Option<Schema>) -> Done<Option<NodeId>> {
        self.steps.spend(1)?;
        let schema = self.schema_of(dest, origin, schema);
        let present = [dest, origin].into_iter().flatten().find(|&it| !self.store.is_null(it));
        let kind = present.map(|it| self.store.tree.kind(it));
        if let Some(kind) = kind {
            self.refuse_other_kind(kind, origin)?;
        }
        match kind {
            Some(Kind::Sequence) if self.is_merged_by_item(dest, origin, schema) => {
                self.walk_list(dest, origin, schema)
            }
            Some(Kind::Sequence | Kind::Scalar) => {
                self.take_looks(dest, origin);
                Ok(origin.or(dest))
            }
            Some(Kind::Mapping) | None => self.walk_mapping(dest, origin, schema),
            Some(Kind::Alias) => Ok(None),
        }
    }

    fn is_merged_by_item(&self, dest: Option<NodeId>, origin: Option<NodeId>, schema: Option<Schema>) -> bool {
        match schema {
            Some(schema) => self.schemas.is_associative(schema),
            None => self.rules.infer && [dest, origin].into_iter().flatten().any(|it| self.is_named(it)),
        }
    }

    fn refuse_other_kind(&self, kind: Kind, origin: Option<NodeId>) -> Done {
        let Some(origin) = origin.filter(|&it| !self.store.is_null(it) && self.store.tree.kind(it) != kind) else {
            return Ok(());
        };
        let found = kind_name(self.store.tree.kind(origin));
        let fault = Fault::at(format!("the patch has a {found} where the object has a {}", kind_name(kind)), origin);
        Err(fault.code("patch-failed").hint("write the patch in the form of the object"))
    }

    /// A schema in a comment, else the one that is known, else that of the object's kind.
    fn schema_of(&mut self, dest: Option<NodeId>, origin: Option<NodeId>, known: Option<Schema>) -> Option<Schema> {
        for node in [dest, origin].into_iter().flatten() {
            if self.store.tree.has_extra(node)
                && !self.store.is_null(node)
                && let Some(found) = self.schema_in_comment(node)
            {
                return Some(found);
            }
        }
        if known.is_some() {
            return known;
        }
        [dest, origin].into_iter().flatten().find_map(|node| {
            if self.store.is_null(node) || self.store.tree.kind(node) != Kind::Mapping {
                return None;
            }
            let (api_version, kind) = (self.store.text(node, "apiVersion"), self.store.text(node, "kind"));
            if api_version.is_empty() || kind.is_empty() {
                return None;
            }
            self.schemas.of_kind(api_version, kind)
        })
    }

    fn schema_in_comment(&mut self, node: NodeId) -> Option<Schema> {
        let Extra { line, head, .. } = self.store.tree.extra(node);
        [line, head].into_iter().filter(|it| !it.is_empty()).find_map(|it| {
            let comment = self.store.tree.text(it);
            self.schemas.of_comment(comment)
        })
    }

    fn walk_mapping(
        &mut self,
        dest: Option<NodeId>,
        origin: Option<NodeId>,
        schema: Option<Schema>,
    ) -> Done<Option<NodeId>> {
        let Some(dest) = self.visit_mapping(dest, origin)? else { return Ok(None) };
        for field in self.fields(dest, origin) {
            let (mine, theirs) = (field.mine.map(|it| it.1), field.theirs.map(|it| it.1));
            let schema = match self.schema_beside(field) {
                Some(found) => Some(found),
                None => schema.and_then(|it| self.schemas.field(it, self.store.tree.value(field.name))),
            };
            let value = self.walk(mine, theirs, schema)?;
            if value.is_some() && value == mine {
                self.quote_made(mine);
                continue;
            }
            let style = match field.theirs {
                Some((key, _)) if value == theirs => self.store.tree.style(key),
                _ => Style::PLAIN,
            };
            let name = self.store.tree.value(field.name).to_owned();
            self.store.set_field(dest, &name, value, style)?;
        }
        Ok(Some(dest))
    }

    /// A scalar that code made is quoted as soon as it is set again, should YAML 1.1 take it for something else.
    fn quote_made(&mut self, node: Option<NodeId>) {
        if let Some(node) = node
            && self.store.tree.tag(node) == Tag::None
        {
            self.store.quote_for_yaml11(node);
        }
    }

    /// The schema that a comment of a field's value or key holds, in the object or in the patch.
    fn schema_beside(&mut self, field: Field) -> Option<Schema> {
        for (key, value) in [field.mine, field.theirs].into_iter().flatten() {
            for node in [value, key] {
                if self.store.tree.has_extra(node)
                    && let Some(found) = self.schema_in_comment(node)
                {
                    return Some(found);
                }
            }
        }
        None
    }

    /// All fields, sorted by name. Of a name that stands twice the first counts.
    fn fields(&self, dest: NodeId, origin: Option<NodeId>) -> Vec<Field> {
        let tree = &self.store.tree;
        let mut fields: Vec<Field> =
            tree.entries(dest).map(|it| Field { name: it.0, mine: Some(it), theirs: None }).collect();
        match origin {
            Some(origin) if origin == dest => fields.iter_mut().for_each(|it| it.theirs = it.mine),
            Some(origin) => {
                fields.extend(tree.entries(origin).map(|it| Field { name: it.0, mine: None, theirs: Some(it) }));
            }
            None => {}
        }
        fields.sort_by(|a, b| tree.value(a.name).cmp(tree.value(b.name)));
        fields.dedup_by(|later, first| {
            let same = tree.value(later.name) == tree.value(first.name);
            if same {
                first.theirs = first.theirs.or(later.theirs);
            }
            same
        });
        fields
    }

    /// Which mapping stands in the end.
    fn visit_mapping(&mut self, dest: Option<NodeId>, origin: Option<NodeId>) -> Done<Option<NodeId>> {
        self.take_looks(dest, origin);
        let is_there = dest.is_some_and(|it| !self.store.is_null(it));
        if !is_there {
            if self.directive(origin).unwrap_or(Directive::Merge) == Directive::Delete {
                return Ok(None);
            }
            if let (Some(null), None) = (dest, origin)
                && !self.store.tree.value(null).is_empty()
            {
                return Ok(dest);
            }
            return Ok(origin);
        }
        if origin.is_some_and(|it| self.store.is_null(it)) {
            return Ok(None);
        }
        Ok(match self.directive(origin)? {
            Directive::Delete => None,
            Directive::Replace => origin,
            Directive::Merge => dest,
        })
    }

    /// Takes comments over from the patch, and its style where the object has an empty collection.
    fn take_looks(&mut self, dest: Option<NodeId>, origin: Option<NodeId>) {
        let (Some(dest), Some(origin)) = (dest, origin) else { return };
        let tree = &mut self.store.tree;
        if tree.has_extra(origin) {
            let (from, mut to) = (tree.extra(origin), tree.extra(dest));
            for (from, to) in [(from.head, &mut to.head), (from.line, &mut to.line), (from.foot, &mut to.foot)] {
                if !from.is_empty() {
                    *to = from;
                }
            }
            tree.set_extra(dest, to);
        }
        if tree.kind(dest) != Kind::Scalar && tree.content(dest).is_empty() {
            let style = tree.style(origin);
            tree.set_style(dest, style);
        }
    }

    /// The directive of a mapping or list of the patch, which is taken out of it.
    fn directive(&mut self, patch: Option<NodeId>) -> Done<Directive> {
        let Some(patch) = patch else { return Ok(Directive::Merge) };
        match self.store.tree.kind(patch) {
            Kind::Mapping => {
                let Some(value) = self.store.tree.get(patch, DIRECTIVE) else { return Ok(Directive::Merge) };
                let directive = self.read_directive(value)?;
                self.store.clear(patch, DIRECTIVE)?;
                Ok(directive)
            }
            Kind::Sequence => self.list_directive(patch),
            Kind::Scalar | Kind::Alias => Ok(Directive::Merge),
        }
    }

    fn read_directive(&self, value: NodeId) -> Done<Directive> {
        match self.store.tree.value(value) {
            "merge" => Ok(Directive::Merge),
            "replace" => Ok(Directive::Replace),
            "delete" => Ok(Directive::Delete),
            other => {
                let fault = Fault::at(format!("`{other}` is no value of `{DIRECTIVE}`"), value).code("patch-failed");
                Err(fault.hint("write delete, replace or merge"))
            }
        }
    }
}
