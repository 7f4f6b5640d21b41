//! The words of the command line, as clap reads them.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::check::config::{Undecided, units};
use crate::check::linear::Consistency;
use crate::history::Format;
use crate::model::Noise;

use super::format::Target;

/// Checks from what each participant witnessed whether a distributed system kept its promises.
#[derive(Debug, Parser)]
#[command(
    name = "testimony",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "\
Examples:
  testimony check --spec register history.jsonl
  testimony check histories/                      the promises of the nearest testimony.toml
  testimony test histories/                       every history against its own header
  testimony explain cas-register

Exit codes: 0 kept, 1 broken, 2 could not check, 3 undecided, 4 nothing to check, 70 a bug in testimony."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,

    /// When to use colours; NO_COLOR is respected
    #[arg(
        long,
        help_heading = "Everywhere",
        global = true,
        value_enum,
        default_value = "auto",
        value_name = "WHEN"
    )]
    pub(super) color: Color,

    /// Print only what is not kept, and nothing where everything is
    #[arg(
        short,
        long,
        help_heading = "Everywhere",
        global = true,
        conflicts_with = "verbose"
    )]
    pub(super) quiet: bool,

    /// Print everything, also about what is kept
    #[arg(short, long, help_heading = "Everywhere", global = true)]
    pub(super) verbose: bool,
}

/// One sub-command.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Judge histories by specifications and promises
    Check(CheckArgs),
    /// Judge every history against the verdicts that its own header expects
    Test(TestArgs),
    /// Write a history in testimony's own format
    Convert(ConvertArgs),
    /// Make a history of any size whose verdict is known
    Generate(GenerateArgs),
    /// Look for the smallest run of a workflow that breaks a promise
    Fuzz(FuzzArgs),
    /// Visit everything that a workflow can do
    Explore(ExploreArgs),
    /// Play a run again that `fuzz` or `explore` has found
    Replay(ReplayArgs),
    /// List specifications, kinds of promise, workflows and configured promises
    List(ListArgs),
    /// Explain a specification, a promise, a workflow, a check or the exit codes, or tell the story of one identity
    Explain(ExplainArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page, of one sub-command where it is named
    Man(ManArgs),
}

/// Which histories.
#[derive(Debug, Args)]
pub(super) struct Histories {
    /// Histories: files, directories (searched for .jsonl and .json, also .gz and .zst), globs, - for
    /// standard input
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) reading: Reading,
}

/// How histories are read.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Reading {
    /// The format of the histories, where their content is not to tell it
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(super) from: Option<FormatWord>,

    /// Report everything that is wrong with a history instead of the first fault
    #[arg(long)]
    pub(super) keep_going: bool,
}

/// Which configuration.
#[derive(Clone, Debug, Args)]
pub(super) struct Configured {
    /// The configuration, instead of the nearest testimony.toml upward from each history
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}

/// How much a search may cost.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct Limits {
    /// Search nodes for one object or scope [default: 50000000]
    #[arg(long, value_name = "N")]
    pub(super) budget_nodes: Option<u64>,

    /// Time for the whole run, such as 500ms, 30s, 5m or 1h; what is not decided by then is undecided
    #[arg(long, value_name = "TIME", value_parser = units::duration)]
    pub(super) timeout: Option<Duration>,

    /// Memory for the search of one object or scope, such as 500MB [default: 2GiB]
    #[arg(long, value_name = "SIZE", value_parser = units::bytes)]
    pub(super) memory: Option<u64>,

    /// Threads; the output does not depend on them [default: one a core]
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<NonZeroUsize>,
}

/// What `check` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
With neither --spec nor --promise, all promises are checked: those of the configuration, and those that this \
program was built with. --spec and --promise name just what is checked; --config beside --spec adds all its \
promises. --select and --ignore choose among all these.

A promise of level = \"warn\" or \"allow\", and a finding that an [[accepted]] entry of the configuration accepts, do \
not count against the exit code; the verdict in the report stays what it is.

Examples:
  testimony check --spec cas-register:initial=0 etcd.jsonl
  testimony check --spec register --consistency sequential --by-key 'runs/*.jsonl.gz'
  testimony check --promise charge-at-most-once --format json=report.json histories/checkout/
  testimony check --profile ci --strict --ignore 'receipt-*' histories/
  producer | testimony check --spec queue --timeout 30s -")]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) histories: Histories,

    /// Check a specification, with its parameters: register, semaphore:permits=3 (repeatable)
    #[arg(long = "spec", value_name = "NAME")]
    pub(super) specs: Vec<String>,

    /// Check a promise of the configuration, or one that this program was built with (repeatable)
    #[arg(long = "promise", value_name = "NAME")]
    pub(super) promises: Vec<String>,

    #[command(flatten)]
    pub(super) configured: Configured,

    /// Which order --spec must respect: the real-time order of one observer, participants' own order
    /// only, or participants' own order with messages and causes
    #[arg(
        long,
        value_enum,
        value_name = "ORDER",
        default_value = "linearizable",
        requires = "specs"
    )]
    pub(super) consistency: ConsistencyWord,

    /// Take values as [key, …] and each key as an object of its own
    #[arg(long, requires = "specs")]
    pub(super) by_key: bool,

    /// Where answers carry a number that grows with each update, such as a revision: a dotted path into
    /// the answer or a field of its own. It guides the search and is never trusted
    #[arg(long, value_name = "FIELD", requires = "specs")]
    pub(super) hint: Option<String>,

    /// Show for a kept specification the order in which its operations may have taken effect
    #[arg(long, requires = "specs")]
    pub(super) witness: bool,

    /// Write the report as human, concise or json; with =PATH into a file (repeatable)
    #[arg(long = "format", value_name = "FORMAT[=PATH]", value_parser = Target::parse)]
    pub(super) formats: Vec<Target>,

    #[command(flatten)]
    pub(super) selection: Selecting,

    /// What undecided checks amount to: exit code 3, a warning and exit code 0, or just exit code 0
    /// [default: fail]
    #[arg(long, value_enum, value_name = "HOW")]
    pub(super) undecided: Option<UndecidedWord>,

    /// Fail with exit code 1 where an [[accepted]] entry of the configuration accepts nothing
    #[arg(long)]
    pub(super) strict: bool,

    #[command(flatten)]
    pub(super) limits: Limits,
}

/// Which of the checks, and under which profile.
#[derive(Debug, Args)]
pub(super) struct Selecting {
    /// Of all checks, judge only those with these ids; * stands for any text (repeatable, or with commas)
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(super) select: Vec<String>,

    /// Do not judge the checks with these ids; * stands for any text (repeatable, or with commas)
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,

    /// Judge as [profile.NAME] of the configuration says; what the command line says counts more
    #[arg(long, value_name = "NAME")]
    pub(super) profile: Option<String>,
}

/// What `test` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
A history's first line may expect verdicts: {\"history\":1,\"expect\":{\"linearizable:register\":\"kept\"}}.
A specification is named with its order (linearizable:, sequential: or causal-order:) and its parameters, a \
promise by its id in the configuration.

Exit code: 0 where every verdict is as expected, 1 where one differs, 2 where one could not be checked, 4 \
where no history expects anything.")]
pub(super) struct TestArgs {
    #[command(flatten)]
    pub(super) histories: Histories,

    #[command(flatten)]
    pub(super) configured: Configured,

    #[command(flatten)]
    pub(super) limits: Limits,
}

/// What `convert` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
The history goes to standard output, its header first where it has one. Reading what was written gives the \
same history.

Examples:
  testimony convert store/latest/history.edn > history.jsonl
  producer | testimony convert --from jepsen-edn | zstd > history.jsonl.zst")]
pub(super) struct ConvertArgs {
    /// The history; - is standard input
    #[arg(value_name = "PATH", default_value = "-")]
    pub(super) path: PathBuf,

    #[command(flatten)]
    pub(super) reading: Reading,

    /// The format to write
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "jsonl")]
    pub(super) to: Written,
}

/// What `generate` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
The history is kept by construction: its operations take effect, one after the other, on an object that is \
right. With --broken one answer is replaced by one that no world explains. The header says which verdict \
is true; `testimony test` judges it. The same arguments give the same \
bytes, on every machine and in every version.

Examples:
  testimony generate --spec cas-register --ops 100000 --unknown 20 -o cas.jsonl
  testimony generate --spec queue --keys 8 --broken --seed 3 | testimony test -
  testimony generate --spec semaphore:permits=3 --clients 10 | zstd > semaphore.jsonl.zst")]
pub(super) struct GenerateArgs {
    /// The specification, with its parameters: register, semaphore:permits=3
    #[arg(long, value_name = "NAME")]
    pub(super) spec: String,

    /// Operations, all told
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(super) ops: u64,

    /// Clients that work at the same time; each is busy about half the time
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(super) clients: u32,

    /// Spread the operations over so many keys, with values as [key, …]; for kv and multi-register, which have keys
    /// of their own, 4 unless it is said
    #[arg(long, value_name = "N")]
    pub(super) keys: Option<u32>,

    /// Draw written values from so many, instead of writing each once; of a counter, the greatest amount
    /// [default there: 10]
    #[arg(long, value_name = "N")]
    pub(super) values: Option<u64>,

    /// So many operations are of unknown outcome
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) unknown: u64,

    /// Give one wrong answer, after nine tenths of the operations
    #[arg(long)]
    pub(super) broken: bool,

    /// What all random choices depend on
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,

    /// Where to write it; - is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(super) output: PathBuf,
}

/// How many steps a run may take where nobody says it.
pub(super) const STEPS: u32 = 10_000;

/// Which workflow, and how it is run.
#[derive(Debug, Args)]
pub(super) struct WorkflowArgs {
    /// The workflow, with a bug of its own and its parameters: checkout, checkout:bug=new-key
    #[arg(value_name = "WORKFLOW")]
    pub(super) workflow: String,

    /// Unrelated traffic beside it: so many pairs of participants, so many messages each, as 3x6
    #[arg(long, value_name = "PAIRSxMESSAGES", value_parser = noise)]
    pub(super) noise: Option<Noise>,

    /// Steps of one run at most
    #[arg(long, value_name = "N", default_value_t = STEPS)]
    pub(super) steps: u32,
}

/// Reads `3x6`.
fn noise(text: &str) -> Result<Noise, String> {
    let numbers = text.split_once('x').and_then(|(pairs, messages)| {
        let (pairs, messages) = (pairs.parse().ok()?, messages.parse().ok()?);
        Some(Noise { pairs, messages })
    });
    numbers.ok_or_else(|| "expected pairs and messages, each of 0 to 255, as 3x6".to_owned())
}

/// What `fuzz` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
A schedule is a few deviations from the default order: a message that is postponed, lost or delivered twice, a \
timer that fires early, a crash behind any effect. Those of one deviation are played first, then those of two, \
for a fifth of --cases; the rest is drawn at random. Where nothing is found and no more states than schedules \
are enough for it, every state is visited. The first run that breaks a promise is made small and shown, and \
saved as a history that expects this verdict and as a replay file.

Ctrl-C ends it with what was found so far; a second one at once.

Exit code: 0 where nothing was broken, 1 where a promise is, 3 where some run is undecided or did not end \
within --steps, or where it was interrupted, 4 where some promise was never exercised.

Examples:
  testimony fuzz checkout:bug=new-key
  testimony fuzz checkout --cases 100000 --noise 3x6")]
pub(super) struct FuzzArgs {
    #[command(flatten)]
    pub(super) workflow: WorkflowArgs,

    /// Schedules at most
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub(super) cases: u64,

    /// What the random schedules depend on
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,

    /// Where to save the history and the replay file of what breaks a promise
    #[arg(long, value_name = "FOLDER", default_value = "testimony-fuzz")]
    pub(super) save: PathBuf,

    /// Write the report as human or json; with =PATH into a file (repeatable)
    #[arg(long = "format", value_name = "FORMAT[=PATH]", value_parser = Target::of_workflow)]
    pub(super) formats: Vec<Target>,
}

/// What `explore` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Every state is visited once, or, where that takes too many, one run of each kind: two runs are of one kind where they differ \
only in the order of unrelated steps. Nothing is left out where it ends.

Ctrl-C ends it with what was found so far; a second one at once.

Exit code: 0 where everything was visited and nothing is broken, 1 where a promise is, 3 where a limit was \
reached, some run is undecided, or it was interrupted, 4 where some promise was never exercised.

Examples:
  testimony explore checkout
  testimony explore quorum:bug=ack-before-fsync --states 1000000")]
pub(super) struct ExploreArgs {
    #[command(flatten)]
    pub(super) workflow: WorkflowArgs,

    /// States at most
    #[arg(long, value_name = "N", default_value_t = 10_000_000)]
    pub(super) states: u64,

    /// Where to save the history and the replay file of what breaks a promise
    #[arg(long, value_name = "FOLDER", default_value = "testimony-fuzz")]
    pub(super) save: PathBuf,

    /// Write the report as human or json; with =PATH into a file (repeatable)
    #[arg(long = "format", value_name = "FORMAT[=PATH]", value_parser = Target::of_workflow)]
    pub(super) formats: Vec<Target>,
}

/// What `replay` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
A replay file holds one schedule. A seed, WORKFLOW@SEED:NUMBER, stands for a random one: schedule NUMBER, from 0, of those that \
`fuzz --seed SEED` draws, with the same --noise and --steps. `fuzz` says which one it has found.

Exit code: 0 where this run breaks nothing, 1 where it breaks a promise.

Examples:
  testimony replay testimony-fuzz/checkout-bug-new-key.charge-at-most-once.fbc0a4ac.replay
  testimony replay checkout:bug=new-key@0:17 --noise 3x6")]
pub(super) struct ReplayArgs {
    /// A replay file, or a random schedule as WORKFLOW@SEED:NUMBER
    #[arg(value_name = "FILE|SEED")]
    pub(super) path: PathBuf,

    /// The unrelated traffic that a seed is played in, as of `fuzz`; a file says it itself
    #[arg(long, value_name = "PAIRSxMESSAGES", value_parser = noise)]
    pub(super) noise: Option<Noise>,

    /// Steps of the run at most
    #[arg(long, value_name = "N", default_value_t = STEPS)]
    pub(super) steps: u32,

    /// Write the report as human or json; with =PATH into a file (repeatable)
    #[arg(long = "format", value_name = "FORMAT[=PATH]", value_parser = Target::of_workflow)]
    pub(super) formats: Vec<Target>,
}

/// What `list` takes.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// List also the promises configured for this history or folder [default: the current folder]
    #[arg(value_name = "PATH")]
    pub(super) path: Option<PathBuf>,

    #[command(flatten)]
    pub(super) configured: Configured,
}

/// What `explain` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
With --order, the argument is a history, and both stories of one identity are told. Any identity will do: an order, a \
cart, a key. The product story: what was asked, answered and recorded, and what the promises of the configuration say of \
it. The evidence story: what each participant witnessed, from when on it could know what others did, and by which \
messages; what stayed unknown, what settled it, and who repaired it.

Examples:
  testimony explain queue
  testimony explain at-most-once
  testimony explain linearizable:register
  testimony explain exit-codes
  testimony explain --order order-781 histories/checkout/double-charge.jsonl")]
pub(super) struct ExplainArgs {
    /// What `list` shows, a check's id, a configured promise, or exit-codes; with --order, a history
    #[arg(value_name = "ID|PATH")]
    pub(super) id: String,

    /// Tell the two stories of this identity: a text or number anywhere in a value, an intent or an id
    #[arg(long, visible_alias = "identity", value_name = "IDENTITY")]
    pub(super) order: Option<String>,

    /// Write the stories as human or json
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "human",
        requires = "order"
    )]
    pub(super) format: StoryFormat,

    #[command(flatten)]
    pub(super) configured: Configured,

    #[command(flatten)]
    pub(super) reading: Reading,

    #[command(flatten)]
    pub(super) limits: Limits,
}

/// The formats of the two stories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum StoryFormat {
    Human,
    Json,
}

/// What `completions` takes.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(super) shell: clap_complete::Shell,
}

/// What `man` takes.
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// A sub-command
    #[arg(value_name = "COMMAND")]
    pub(super) command: Option<String>,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

/// The words of [`Undecided`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UndecidedWord(pub(super) Undecided);

impl ValueEnum for UndecidedWord {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self(Undecided::Fail),
            Self(Undecided::Warn),
            Self(Undecided::Pass),
        ]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.0.as_str()))
    }
}

/// The formats that `convert` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Written {
    /// One event a line
    Jsonl,
    /// One JSON array
    Json,
    /// One EDN map a line
    JepsenEdn,
}

/// The words of [`Format`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FormatWord(pub(super) Format);

impl ValueEnum for FormatWord {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self(Format::Json), Self(Format::JepsenEdn)]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(match self.0 {
            Format::Json => "jsonl",
            Format::JepsenEdn => "jepsen-edn",
        }))
    }
}

/// The words of [`Consistency`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ConsistencyWord(pub(super) Consistency);

impl ValueEnum for ConsistencyWord {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self(Consistency::Linearizable),
            Self(Consistency::CausalOrder),
            Self(Consistency::Sequential),
        ]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.0.as_str()))
    }
}
