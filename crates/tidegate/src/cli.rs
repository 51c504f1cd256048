//! Arguments.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use tidegate_base::Limits;

use crate::{exit::Outcome, limit, show, verb};

/// Options that every verb has stand apart in the help.
const EVERYWHERE: &str = "Options of every verb";

/// GitOps with Flux: render, check and promote repositories as the cluster would see them.
#[derive(Debug, Parser)]
#[command(name = "tidegate", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

/// Options of every verb.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Print errors only
    #[arg(short, long, global = true, help_heading = EVERYWHERE)]
    pub(crate) quiet: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = EVERYWHERE)]
    pub(crate) color: ColorWhen,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Render a kustomization, or all below a folder
    #[command(after_long_help = build_help())]
    Build(Build),
    /// Print the JSON Schema of a report or of the settings file
    Schema {
        /// Which one
        name: SchemaName,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write the pages of all verbs to a folder
    Man {
        /// Where to write them
        #[arg(long, value_name = "DIR")]
        output_dir: Option<PathBuf>,
    },
}

/// Arguments of `build`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Build {
    /// The folder of the kustomization; with --all, the folder to search
    #[arg(default_value = ".", value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Build every kustomization below DIR, and report on each
    #[arg(long)]
    pub(crate) all: bool,
    /// What to print [default: yaml; with --all, a report as text]
    #[arg(short, long, value_name = "FORMAT")]
    pub(crate) output: Option<Format>,
    /// Write one file per object into this folder, which is made; with --all below the path of each root
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// The tree that may be read [default: the nearest folder above DIR with `.git`, else the working directory if DIR
    /// lies below it, else DIR]
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// Which files a kustomization may load
    #[arg(long, value_name = "WHICH", default_value = "none")]
    pub(crate) load_restrictor: Restrictor,
    /// A local copy of a remote base (a folder) or file (a file); may be repeated
    #[arg(long, value_name = "URL=PATH")]
    pub(crate) remote_base: Vec<String>,
    /// Print behind every value where it came from
    #[arg(long)]
    pub(crate) origins: bool,
    /// Build again whenever a file changes
    #[arg(long)]
    pub(crate) watch: bool,
    /// Set a limit on what a root may cost, as in `nodes=1000000` or `file-bytes=128Mi`; `--help` lists them
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) limit: Vec<String>,
    /// Threads to build with [default: one per core]
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
}

/// A document that has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaName {
    /// What `build --all -o json` prints
    BuildAll,
    /// The settings file `tidegate.yaml`
    Tidegate,
}

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for people
    Text,
    /// YAML, as kustomize prints it
    Yaml,
    /// JSON
    Json,
    /// One line per object: kind, namespace and name
    Name,
}

/// Which files a kustomization may load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Restrictor {
    /// Any below the root, as Flux allows
    None,
    /// Those in or below its own folder, as kustomize's command line allows
    Root,
}

/// Words behind `build` that are kept for parts of a fleet.
pub(crate) const KEPT: [&str; 4] = ["fleet", "cluster", "ks", "hr"];

fn build_help() -> String {
    let mut help = "Limits (--limit NAME=VALUE), each with its default:\n".to_owned();
    for ((name, default), meaning) in Limits::NAMES.iter().zip(Limits::MEANINGS) {
        let default = limit::written(*default);
        let meaning = meaning.trim().split([',', '.']).next().unwrap_or_default();
        help.push_str(&format!("  {name:<14} {default:>10}  {meaning}\n"));
    }
    help.push_str(
        "\nExit codes: 0 built; 2 not built, or with --all any root not built.\n\n\
         Examples:\n  tidegate build apps/production\n  tidegate build --all clusters\n  \
         tidegate build apps/production --origins\n  \
         tidegate build apps --remote-base 'https://github.com/org/repo//deploy?ref=v1=vendor/deploy'\n",
    );
    help
}

/// Runs the command with the arguments of the process.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    show::set_color(cli.global.color);
    let outcome = match cli.verb {
        Verb::Build(args) => verb::build::run(&args, &cli.global),
        Verb::Schema { name } => verb::schema::run(name),
        Verb::Completions { shell } => verb::completions::run(Cli::command(), shell),
        Verb::Man { output_dir } => verb::man::run(Cli::command(), output_dir.as_deref()),
    };
    match outcome {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            show::error(&error);
            Outcome::NotDone.into()
        }
    }
}
