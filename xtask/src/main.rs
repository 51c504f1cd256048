//! The project's own tools. `cargo xtask help` lists them.

mod bless;
mod conformance;
mod tables;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <task>

  bless [CASE …]
      writes anew what fixtures/kustomize is compared with; kustomize 5.8.1 must be on PATH

  conformance [SUITE …] [--bless] [--verbose]
      compares tidegate with what upstream programs print; the corpus is found by TIDEGATE_CORPUS

  tables SCHEMA.json DEFAULTS.json
      derives the tables of schemas and default field specs from upstream's data
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (task, rest) = args.split_first().map_or(("help", &[][..]), |(task, rest)| (task.as_str(), rest));
    let result = match task {
        "bless" => bless::run(rest),
        "conformance" => conformance::run(rest),
        "tables" => tables::run(rest),
        _ => {
            show(HELP);
            return ExitCode::from(u8::from(task != "help") * 2);
        }
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            show(&format!("error: {error:#}\n"));
            ExitCode::from(2)
        }
    }
}

/// Prints to the terminal: the only place of this crate that does.
#[expect(clippy::print_stdout, reason = "a tool of the project talks to its developers")]
fn show(text: &str) {
    print!("{text}");
}
