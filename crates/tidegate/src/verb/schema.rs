//! `tidegate schema NAME`

use crate::{cli::SchemaName, exit::Outcome, show};

const BUILD_ALL: &str = include_str!("../../../../docs/schemas/build-all.schema.json");
const TIDEGATE: &str = include_str!("../../../../docs/schemas/tidegate.schema.json");

/// Prints a JSON Schema.
pub(crate) fn run(name: SchemaName) -> anyhow::Result<Outcome> {
    let text = match name {
        SchemaName::BuildAll => BUILD_ALL,
        SchemaName::Tidegate => TIDEGATE,
    };
    show::result(text.as_bytes())?;
    Ok(Outcome::Done)
}
