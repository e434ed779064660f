use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::limits::LimitArgs;

/// A clearing service for blockchain e-invoices.
#[derive(Debug, Parser)]
#[command(name = "piao", version, about, max_term_width = 100)]
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
    /// Drive the whole main job on an embedded database, then audit the chain it made
    Demo(DemoArgs),
    /// Replay a chain export: every signature, every outcome, every root
    #[command(after_help = "Example:\n  piao audit chain.ndjson")]
    Audit(AuditArgs),
    /// Signing keys
    #[command(subcommand)]
    Key(KeyCommand),
}

/// What a new chain begins with.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The folder to write into; it is made where it is not there
    #[arg(long, default_value = "piao-data")]
    pub(crate) out: PathBuf,
    /// A chain to try things on, named dev
    #[arg(long, conflicts_with_all = ["name", "bureau"])]
    pub(crate) dev: bool,
    /// The chain's name, 1 to 32 of a-z 0-9 -
    #[arg(long, default_value = "shenzhen")]
    pub(crate) name: String,
    /// The bureau's code, 1 to 32 of a-z 0-9 -
    #[arg(long, default_value = "shenzhen")]
    pub(crate) bureau: String,
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
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
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
    /// Where the embedded shape keeps its files
    #[arg(long, env = "PIAO_DATA_DIR", default_value = "piao-data")]
    pub(crate) data_dir: PathBuf,
    /// The genesis file
    #[arg(long, env = "PIAO_GENESIS_FILE")]
    pub(crate) genesis_file: Option<PathBuf>,
    /// The key that signs checkpoints; the ledger alone needs it
    #[arg(long, env = "PIAO_LOG_KEY_FILE")]
    pub(crate) log_key_file: Option<PathBuf>,
    /// The key under which sealed data is kept
    #[arg(long, env = "PIAO_SEAL_KEY_FILE")]
    pub(crate) seal_key_file: Option<PathBuf>,
    /// The key with which a service reads blocks from the ledger
    #[arg(long, env = "PIAO_NODE_KEY_FILE")]
    pub(crate) node_key_file: Option<PathBuf>,
    /// Where the ledger answers, for services in other processes
    #[arg(long, env = "PIAO_LEDGER_URL", default_value = "http://127.0.0.1:8180")]
    pub(crate) ledger_url: String,
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
}

/// An audit.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// The chain export
    pub(crate) file: PathBuf,
    /// What to print
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
}

/// What to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Table,
    /// One JSON document.
    Json,
}

/// Signing keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Draw a key and write it to a file that only its owner reads
    #[command(after_help = "Examples:\n  piao key new --party uscc:91440300708461136T --out seller.json\n  \
                            piao key new --person --out me.json")]
    New(KeyNewArgs),
}

/// A new key.
#[derive(Debug, Args)]
pub(crate) struct KeyNewArgs {
    /// Whose it will be
    #[arg(long, required_unless_present = "person")]
    pub(crate) party: Option<String>,
    /// A natural person, whose name follows from the key
    #[arg(long, conflicts_with = "party")]
    pub(crate) person: bool,
    /// The algorithm; it never changes
    #[arg(long, value_enum, default_value_t = KeyAlgorithm::Es256k)]
    pub(crate) algorithm: KeyAlgorithm,
    /// The file to write
    #[arg(long)]
    pub(crate) out: PathBuf,
}

/// A signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyAlgorithm {
    /// ECDSA on secp256k1
    Es256k,
    /// ECDSA on P-256
    Es256,
    /// Ed25519
    Eddsa,
}
