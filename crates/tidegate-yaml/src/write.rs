//! Documents to text.
//!
//! Three writers share one pen: [`kyaml`] writes a tree as kyaml prints a resource, comments and styles kept;
//! [`go_yaml`] writes values as Go's libraries marshal them; [`resource`] writes a resource as `kustomize build`
//! prints it.

mod analyze;
pub mod go_yaml;
pub mod kyaml;
mod order;
mod pen;
pub mod resource;

pub use order::natural_less;

/// Which of Go's writers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// go.yaml.in/yaml/v3 as kyaml sets it up: lines never wrap, sequences at the level of their key.
    V3,
    /// go.yaml.in/yaml/v2 as sigs.k8s.io/yaml sets it up: lines wrap at 80 characters.
    V2,
}

use crate::{
    scan::ScalarStyle,
    tree::{NodeId, Tree},
};

/// How kyaml writes the scalar `id` as a value: the style it ends up in, and whether its tag is written.
pub(crate) fn kyaml_scalar(tree: &Tree, id: NodeId, flow: bool) -> (ScalarStyle, bool) {
    let presented = kyaml::present(tree, id);
    let text = tree.value(id);
    let position = pen::Position { flow, simple_key: false };
    let style = pen::choose_style(presented.style, text.is_empty(), analyze::analyze(Dialect::V3, text), position);
    (style, presented.tagged)
}

/// `k: ` and a block scalar, as kyaml writes it.
pub(crate) fn block_scalar(style: ScalarStyle, text: &str) -> String {
    let mut pen = pen::Pen::new(Dialect::V3, String::new());
    pen.increase_indent(false, false, go_yaml::Context { mapping: false, item: false }, false);
    pen.write_word("k");
    pen.write_indicator(":", false, false, false);
    pen.scalar(style, text, false, go_yaml::Context { mapping: true, item: false });
    pen.write_indent();
    pen.out
}
