//! `piao rules`: what a bureau demands of issuers.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use piao_client::{Client, commands};
use piao_domain::ids::RuleSetId;
use piao_domain::rules::RuleVersion;
use piao_domain::time::Date;
use piao_domain::uscc::Uscc;

use super::connect::{ServerArgs, Session};
use super::kept::read_text;
use super::measure::enterprise;
use super::read::{PageArgs, show};
use super::send::SendArgs;
use crate::exit::Failure;
use crate::output::Kind::{Count, Id, Rows, Text, Time};
use crate::output::{Column, View, col, whole};

/// Issuing rules, by version and date. A VERSION is named ID/NUMBER, such as shenzhen-2026/1.
#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Deploy a version of a rule set; it binds nobody yet. For a bureau
    #[command(
        after_help = "Example:\n  piao rules deploy examples/rules/shenzhen-2026.json --key piao-data/bureau-key.json"
    )]
    Deploy(DeployArgs),
    /// Let a deployed version bind from a day on; for a bureau
    #[command(
        after_help = "Example:\n  piao rules activate shenzhen-2026/1 --from 2026-12-01 --key bureau-key.json"
    )]
    Activate(ActivateArgs),
    /// Let a version bind nobody any more; for a bureau
    #[command(after_help = "Example:\n  piao rules retire shenzhen-2026/1 --key piao-data/bureau-key.json")]
    Retire(RetireArgs),
    /// Show which rules bind an enterprise on a day, and on which terms it may lock and settle
    #[command(
        after_help = "Examples:\n  piao rules binding 91440300708461136T\n  piao rules binding   # yourself"
    )]
    Binding(BindingArgs),
    /// Show a version
    #[command(after_help = "Example:\n  piao rules get shenzhen-2026/1 --output json | jq .body.limits")]
    Get(GetArgs),
    /// List rule sets
    #[command(after_help = "Example:\n  piao rules list --status active")]
    List(ListArgs),
}

/// What to deploy.
#[derive(Debug, Args)]
pub(crate) struct DeployArgs {
    /// The body of a rules.deploy, as examples/rules/ hold it; - is stdin
    file: PathBuf,
    #[command(flatten)]
    send: SendArgs,
}

/// What to activate, and when.
#[derive(Debug, Args)]
pub(crate) struct ActivateArgs {
    /// Which version
    #[arg(value_parser = version)]
    version: RuleVersion,
    /// The first day on which it binds [default: today in Beijing]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    from: Option<Date>,
    #[command(flatten)]
    send: SendArgs,
}

/// What to retire.
#[derive(Debug, Args)]
pub(crate) struct RetireArgs {
    /// Which version
    #[arg(value_parser = version)]
    version: RuleVersion,
    #[command(flatten)]
    send: SendArgs,
}

/// Whom, and when.
#[derive(Debug, Args)]
pub(crate) struct BindingArgs {
    /// The enterprise [default: the key's own party]
    #[arg(value_name = "USCC", value_parser = enterprise)]
    enterprise: Option<Uscc>,
    /// On which day [default: today in Beijing]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    date: Option<Date>,
    #[command(flatten)]
    server: ServerArgs,
}

/// Which version.
#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    /// Which version
    #[arg(value_parser = version)]
    version: RuleVersion,
    #[command(flatten)]
    server: ServerArgs,
}

/// Which rule sets.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only those in this state
    #[arg(long, value_parser = ["deployed", "active", "retired"])]
    status: Option<String>,
    #[command(flatten)]
    page: PageArgs,
}

const RULE_SET: View = &[
    col("rule set", "id", Text),
    col("version", "version", Count),
    col("status", "status", Text),
    col("from", "from", Text),
    col("deployed by", "deployed_by", Text),
    col("deployed", "deployed_at", Time),
    whole("changed", "changed_at", Time),
    whole("transition", "transition", Id),
    whole("regions", "body.scope.regions", Text),
    whole("industries", "body.scope.industries", Text),
    whole("enterprises", "body.scope.enterprises", Text),
];

const VERSIONS: &[Column] = &[col("", "id", Text), col("", "version", Text)];

const BINDING: View = &[
    col("enterprise", "enterprise", Text),
    col("day", "date", Text),
    col("rule sets", "rule_sets", Rows(VERSIONS)),
    col("buyer only", "terms.buyer_only", Text),
    col("partial locks", "terms.partial_locks", Text),
    col("longest lease", "terms.lease_seconds_max", Text),
    col("booking first", "terms.booking_required", Text),
];

/// `piao rules …`
///
/// # Errors
/// [`Failure`].
pub(crate) async fn run(command: RulesCommand) -> Result<(), Failure> {
    match command {
        RulesCommand::Deploy(args) => {
            let text = read_text(&args.file)?;
            let deploy = async |session: &Session| {
                commands::deploy_rules(text.trim()).map_err(|error| session.failure(error.into()))
            };
            args.send.act(deploy).await
        }
        RulesCommand::Activate(ActivateArgs { version, from, send }) => {
            let activate = async |session: &Session| {
                let from = from.unwrap_or_else(|| session.client.sources().now().date());
                Ok(commands::activate_rules(version, from))
            };
            send.act(activate).await
        }
        RulesCommand::Retire(RetireArgs { version, send }) => {
            send.act(async |_| Ok(commands::retire_rules(version))).await
        }
        RulesCommand::Binding(BindingArgs { enterprise, date, server }) => {
            let session = server.connect().await?;
            let enterprise = match enterprise {
                Some(enterprise) => enterprise,
                None => session.identity()?.party().enterprise().copied().ok_or_else(|| {
                    Failure::Usage("rules bind enterprises, and you are none: name one".to_owned())
                })?,
            };
            show(&session, BINDING, session.client.binding(&enterprise, date).await)
        }
        RulesCommand::Get(args) => {
            let session = args.server.connect().await?;
            show(&session, RULE_SET, session.client.rule_set(&args.version).await)
        }
        RulesCommand::List(args) => {
            args.page.list(RULE_SET, &[("status", args.status)], Client::rule_sets).await
        }
    }
}

fn version(text: &str) -> Result<RuleVersion, String> {
    let wrong = || "must be ID/NUMBER, such as shenzhen-2026/1".to_owned();
    let (id, version) = text.split_once('/').ok_or_else(wrong)?;
    let id = RuleSetId::parse(id).map_err(|error| error.to_string())?;
    let version = version.parse().ok().filter(|version| *version > 0).ok_or_else(wrong)?;
    Ok(RuleVersion { id, version })
}

fn date(text: &str) -> Result<Date, String> {
    Date::parse(text).map_err(|error| error.to_string())
}
