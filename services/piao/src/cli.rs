use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::doctor::DoctorArgs;
use crate::export::ExportArgs;
use crate::hands::book::BookCommand;
use crate::hands::claim::ClaimCommand;
use crate::hands::invoice::InvoiceCommand;
use crate::hands::key::KeyCommand;
use crate::hands::language::Language;
use crate::hands::lock::LockCommand;
use crate::hands::party::PartyCommand;
use crate::hands::proof::{ProofCommand, VerifyArgs};
use crate::hands::quota::QuotaCommand;
use crate::hands::rules::RulesCommand;
use crate::hands::tx::TxCommand;
use crate::limits::LimitArgs;
use crate::manual::{CompletionsArgs, ManArgs};
use crate::output::Output;

/// A clearing service for blockchain e-invoices.
#[derive(Debug, Parser)]
#[command(
    name = "piao",
    version,
    about = "A clearing service for blockchain e-invoices",
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write what a new chain begins with: genesis file, bureau key, node key, log key, seal key
    #[command(after_help = "Example:\n  piao init --dev --out ./piao-data")]
    Init(InitArgs),
    /// Run the ledger and the services; all of them where none is named
    #[command(
        after_help = "Examples:\n  piao serve\n  PIAO_DATABASE_URL=… PIAO_AMQP_URL=… piao serve ledger"
    )]
    Serve(Box<ServeArgs>),
    /// Empty a service's read model and build it again from the ledger; stop the service first
    #[command(after_help = "Example:\n  piao rebuild issuance")]
    Rebuild(RebuildArgs),
    /// Bring the ledger's database, where it was put back, up to date from a chain export; stop the ledger first
    #[command(after_help = "Example:\n  PIAO_CHECKPOINT_FILE=… piao catch-up chain.ndjson")]
    CatchUp(CatchUpArgs),
    /// Drive the whole main job on an embedded database, then audit the chain it made
    #[command(
        after_help = "Examples:\n  piao demo\n  piao demo --language zh\n  piao demo --json | jq .steps"
    )]
    Demo(DemoArgs),
    /// Write the whole chain to a file that `piao audit` reads; for a bureau or a node
    #[command(
        after_help = "Examples:\n  piao export chain.ndjson --genesis-file piao-data/genesis.json --key piao-data/bureau-key.json\n  \
        piao export chain.ndjson --data-dir piao-data   # while nothing serves from it"
    )]
    Export(Box<ExportArgs>),
    /// Replay a chain export: every signature, every outcome, every root
    #[command(
        after_help = "Examples:\n  piao audit chain.ndjson --genesis-file genesis.json --kept checkpoint-2026-10.txt \\\n    \
        --kept settled.piao-proof.json\n  \
        piao export - --genesis-file genesis.json --key node-key.json | piao audit -\n\n\
        A chain written anew by whoever holds its keys replays as well as the true one. Keep a checkpoint\n\
        (curl …/log/checkpoint), or any proof bundle, and name it with --kept."
    )]
    Audit(AuditArgs),
    /// Signing keys: new, show, add, revoke, reset, list
    #[command(subcommand)]
    Key(KeyCommand),
    /// Transitions of any type: sign, submit, get
    #[command(subcommand)]
    Tx(TxCommand),
    /// Who takes part: register, enroll, suspend, reinstate, get, list
    #[command(subcommand)]
    Party(PartyCommand),
    /// Issuing rules: deploy, activate, retire, get, list
    #[command(subcommand)]
    Rules(RulesCommand),
    /// How much may be issued in a month: apply, grant, adjust, refuse, list, get
    #[command(subcommand)]
    Quota(QuotaCommand),
    /// Invoices: issue, get, list
    #[command(subcommand)]
    Invoice(InvoiceCommand),
    /// Who holds an invoice: take, present, withdraw, list
    #[command(subcommand)]
    Claim(ClaimCommand),
    /// Leases on invoices: create, renew, release, settle, force-release, get, list, inbox
    #[command(subcommand)]
    Lock(LockCommand),
    /// Bookings: book, unbook, list
    #[command(subcommand)]
    Book(BookCommand),
    /// Proof bundles: get
    #[command(subcommand)]
    Proof(ProofCommand),
    /// Verify a proof bundle without any service: each check that was done, and what is only attested
    #[command(after_help = "Examples:\n  piao verify any.piao-proof.json --genesis-file genesis.json\n  \
        piao verify settled.piao-proof.json --genesis-file genesis.json \\\n    \
        --settles 26950000000000000001 --enterprise 91110000802100433B --amount 72.00 && pay\n\n\
        Exit code 1 where it proves nothing, or not what --settles asks for. A refusal is proved, too:\n\
        whoever pays asks with --settles, and pays a transition once. Two may be alike but for ids.")]
    Verify(VerifyArgs),
    /// Print a script that completes commands and options in a shell
    #[command(
        after_help = "Examples:\n  piao completions bash > ~/.local/share/bash-completion/completions/piao\n  \
        piao completions zsh > ~/.zfunc/_piao\n  piao completions fish > ~/.config/fish/completions/piao.fish"
    )]
    Completions(CompletionsArgs),
    /// Write a man page a command into a folder
    #[command(after_help = "Example:\n  piao man ~/.local/share/man/man1 && man piao-lock-settle")]
    Man(ManArgs),
    /// Look whether everything that the services need is there and right
    #[command(
        after_help = "Examples:\n  piao doctor                       # the embedded shape in ./piao-data\n  \
        PIAO_DATABASE_URL=… PIAO_AMQP_URL=… piao doctor ledger\n  piao doctor --key seller.json --output json\n\n\
        Exit code 1 where something is wrong, 3 where something could not be found out."
    )]
    Doctor(DoctorArgs),
}

/// What a new chain begins with.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The folder to write into; it is made where it is not there
    #[arg(long, default_value = "piao-data")]
    pub(crate) out: PathBuf,
    /// Succeed and change nothing where the folder holds a chain already
    #[arg(long)]
    pub(crate) if_missing: bool,
    /// A chain to try things on, named dev
    #[arg(long, conflicts_with_all = ["name", "bureau"])]
    pub(crate) dev: bool,
    /// The chain's name, 1 to 32 of a-z 0-9 -
    #[arg(long, default_value = "shenzhen")]
    pub(crate) name: String,
    /// The bureau's code, 1 to 32 of a-z 0-9 -
    #[arg(long, default_value = "shenzhen")]
    pub(crate) bureau: String,
    /// table, json, ndjson or csv
    #[arg(long, value_enum, default_value_t = Output::Table, value_name = "FORMAT", hide_possible_values = true)]
    pub(crate) output: Output,
}

/// Which services, and where.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Names of services: ledger, registry, rules, issuance, claims, reimbursement
    pub(crate) services: Vec<String>,
    #[command(flatten)]
    pub(crate) shape: ShapeArgs,
    /// Where to listen
    #[arg(long, env = "PIAO_LISTEN", default_value = "127.0.0.1:8180")]
    pub(crate) listen: SocketAddr,
    /// Take the chain only where no other ledger gives a sign of life, and stand by while one does
    #[arg(long, env = "PIAO_STANDBY")]
    pub(crate) standby: bool,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// Which read model, and where.
#[derive(Debug, Args)]
pub(crate) struct RebuildArgs {
    /// The service
    pub(crate) service: String,
    #[command(flatten)]
    pub(crate) shape: ShapeArgs,
}

/// Database, broker and files. With neither database nor broker the embedded shape runs.
#[derive(Debug, Args)]
pub(crate) struct ShapeArgs {
    /// PostgreSQL, postgres://user:password@host:port/database
    #[arg(long, env = "PIAO_DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
    /// RabbitMQ, amqp://user:password@host:port/vhost
    #[arg(long, env = "PIAO_AMQP_URL", hide_env_values = true)]
    pub(crate) amqp_url: Option<String>,
    /// What names of queues and exchanges begin with, so that two installations can share a broker
    #[arg(long, env = "PIAO_AMQP_PREFIX", default_value = "piao")]
    pub(crate) amqp_prefix: String,
    /// A file with that URL, so that its password is not in the environment
    #[arg(long, env = "PIAO_DATABASE_URL_FILE", conflicts_with = "database_url")]
    pub(crate) database_url_file: Option<PathBuf>,
    /// A file with the URL of RabbitMQ, likewise
    #[arg(long, env = "PIAO_AMQP_URL_FILE", conflicts_with = "amqp_url")]
    pub(crate) amqp_url_file: Option<PathBuf>,
    /// Where the embedded shape keeps its files
    #[arg(long, env = "PIAO_DATA_DIR", default_value = "piao-data")]
    pub(crate) data_dir: PathBuf,
    /// The genesis file
    #[arg(long, env = "PIAO_GENESIS_FILE")]
    pub(crate) genesis_file: Option<PathBuf>,
    /// The key that signs checkpoints; the ledger alone needs it
    #[arg(long, env = "PIAO_LOG_KEY_FILE")]
    pub(crate) log_key_file: Option<PathBuf>,
    /// Where the ledgers of a chain keep its last checkpoint, outside of the database: one put back is found out
    #[arg(long, env = "PIAO_CHECKPOINT_FILE")]
    pub(crate) checkpoint_file: Option<PathBuf>,
    /// The key under which sealed data is kept
    #[arg(long, env = "PIAO_SEAL_KEY_FILE")]
    pub(crate) seal_key_file: Option<PathBuf>,
    /// The key with which a service reads blocks from the ledger
    #[arg(long, env = "PIAO_NODE_KEY_FILE")]
    pub(crate) node_key_file: Option<PathBuf>,
    /// Where the ledger answers, for services in other processes; its standby, too, after a comma
    #[arg(long, env = "PIAO_LEDGER_URL", value_delimiter = ',', default_value = "http://127.0.0.1:8180")]
    pub(crate) ledger_url: Vec<String>,
}

/// Blocks that a database forgot.
#[derive(Debug, Args)]
pub(crate) struct CatchUpArgs {
    /// The chain export, a file that is read more than once
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) shape: ShapeArgs,
}

/// The demo.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// One JSON document instead of a timeline
    #[arg(long)]
    pub(crate) json: bool,
    /// Leave it serving afterwards, and say where
    #[arg(long)]
    pub(crate) keep: bool,
    /// The language of the timeline; by LANG where absent
    #[arg(long, env = "PIAO_LANGUAGE", value_enum, value_name = "zh|en", hide_possible_values = true)]
    #[arg(hide_env_values = true)]
    pub(crate) language: Option<Language>,
}

/// An audit.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// The chain export; - is stdin
    pub(crate) file: PathBuf,
    /// The chain's genesis file, which the export must begin with
    #[arg(long, env = "PIAO_GENESIS_FILE", value_name = "FILE", hide_env_values = true)]
    pub(crate) genesis_file: Option<PathBuf>,
    /// A checkpoint or proof bundle kept from before, which the chain must hold; as often as you like
    #[arg(long, value_name = "FILE")]
    pub(crate) kept: Vec<PathBuf>,
    /// table, json, ndjson or csv
    #[arg(long, value_enum, default_value_t = Output::Table, value_name = "FORMAT", hide_possible_values = true)]
    pub(crate) output: Output,
}
