//! Where the services are, who acts, on which chain: what every command that talks to them can be told.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use piao_client::{Client, Endpoints, Identity, KeyFile, Service, Settings};
use piao_domain::ids::ChainId;
use piao_protocol::genesis::Genesis;

use super::language::Language;
use super::told;
use crate::data_dir::read_genesis;
use crate::exit::{Failure, chain};
use crate::output::Output;
use crate::serve::note;

/// After so long a person wonders.
const WONDER_AFTER: Duration = Duration::from_secs(3);

/// One answer is waited for at least and at most so long, whatever is said of the whole.
const ANSWER_WAIT_MIN: Duration = Duration::from_secs(2);
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(10);

/// Where the services are, who acts, and how it is told.
#[derive(Debug, Args)]
#[command(next_help_heading = "Shared options")]
pub(crate) struct ServerArgs {
    /// Where they answer
    #[arg(long, env = "PIAO_URL", default_value = "http://127.0.0.1:8180", value_delimiter = ',')]
    #[arg(value_name = "URL", hide_env_values = true)]
    url: Vec<String>,
    /// The key to act with
    #[arg(long, env = "PIAO_KEY_FILE", value_name = "FILE", hide_env_values = true)]
    key: Option<PathBuf>,
    /// The chain [default: what the services say]
    #[arg(long, env = "PIAO_CHAIN", value_name = "ID", hide_env_values = true)]
    chain: Option<String>,
    /// The chain's genesis file
    #[arg(long, env = "PIAO_GENESIS_FILE", value_name = "FILE", hide_env_values = true)]
    genesis_file: Option<PathBuf>,
    /// How long to wait for an answer or a decision
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=3600))]
    wait: u64,
    /// Read a state at least as new as this block
    #[arg(long, value_name = "HEIGHT")]
    min_height: Option<u64>,
    /// table, json, ndjson or csv
    #[arg(long, value_enum, default_value_t = Output::Table, value_name = "FORMAT", hide_possible_values = true)]
    pub(super) output: Output,
    /// The language of refusals; by LANG where absent
    #[arg(long, env = "PIAO_LANGUAGE", value_enum, value_name = "zh|en", hide_possible_values = true)]
    #[arg(hide_env_values = true)]
    language: Option<Language>,
}

/// A client, and how to tell what it hears.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) language: Language,
    pub(crate) output: Output,
    /// Longest time to wait for a decision.
    pub(crate) wait: Duration,
    /// The base URL of the service that verifies invoices.
    pub(crate) issuance: String,
    /// Whether nobody but the services says which chain it is.
    discovered: bool,
}

impl ServerArgs {
    /// What to print.
    pub(crate) const fn output(&self) -> Output {
        self.output
    }

    /// The language to tell things in.
    pub(crate) fn language(&self) -> Language {
        Language::chosen(self.language)
    }

    /// The key to act with.
    ///
    /// # Errors
    /// [`Failure::Usage`] where none is named, or it cannot be used.
    pub(super) fn identity(&self) -> Result<Identity, Failure> {
        let named = self.key.as_ref().ok_or(piao_client::ClientError::NoIdentity);
        let path = named.map_err(|error| told::failure(error, self.language()))?;
        KeyFile::read(path).map_err(|error| Failure::Usage(chain(&error)))
    }

    /// The genesis file, where one is named.
    ///
    /// # Errors
    /// [`Failure`] naming the file.
    pub(crate) fn genesis(&self) -> Result<Option<std::sync::Arc<Genesis>>, Failure> {
        self.genesis_file.as_deref().map(read_genesis).transpose()
    }

    /// The chain, where it is named.
    ///
    /// # Errors
    /// [`Failure::Usage`] for what is none, and where chain and genesis file are both named and do not agree.
    pub(super) fn chain(&self) -> Result<Option<ChainId>, Failure> {
        let named = self.chain.as_deref().map(ChainId::parse).transpose();
        let named = named.map_err(|error| Failure::Usage(format!("--chain: {error}")))?;
        let genesis = self.genesis()?;
        match (named, genesis) {
            (Some(named), Some(genesis)) if *genesis.chain() != named => Err(Failure::Usage(format!(
                "--chain is {named}, and the genesis file begins {}",
                genesis.chain()
            ))),
            (Some(named), _) => Ok(Some(named)),
            (None, genesis) => Ok(genesis.map(|genesis| genesis.chain().clone())),
        }
    }

    /// A client that acts with the key named.
    ///
    /// # Errors
    /// [`Failure`].
    pub(crate) async fn connect(&self) -> Result<Session, Failure> {
        let identity = self.identity()?;
        self.connect_as(Some(identity)).await
    }

    /// A client that acts with the key named, where one is: what is signed already needs none to be sent.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) async fn connect_as_anybody(&self) -> Result<Session, Failure> {
        let identity = self.key.as_ref().map(|_| self.identity()).transpose()?;
        self.connect_as(identity).await
    }

    async fn connect_as(&self, identity: Option<Identity>) -> Result<Session, Failure> {
        let (language, endpoints) = (self.language(), endpoints(&self.url)?);
        let issuance = endpoints.base(Service::Issuance).to_owned();
        let told = |error| told::failure(error, language);
        let named = self.chain()?;
        let discovered = named.is_none();
        let client = match named {
            Some(chain) => Client::new(endpoints, chain, identity),
            None => Client::discover(endpoints, identity).await,
        };
        let client = client.map_err(told)?;
        let wait = Duration::from_secs(self.wait);
        let tag = language.of_services().tag().to_owned();
        let settings = Settings {
            read_wait_max: wait,
            answer_wait_max: wait.clamp(ANSWER_WAIT_MIN, ANSWER_WAIT_MAX),
            language: Some(tag),
            ..Settings::default()
        };
        let client = client.with_settings(settings);
        client.expect_height(self.min_height.unwrap_or_default());
        wonder(&client, self.wait, language);
        Ok(Session { client, language, output: self.output, wait, issuance, discovered })
    }
}

impl Session {
    /// Who acts.
    ///
    /// # Errors
    /// [`Failure::Usage`] where nobody does, which [`ServerArgs::connect`] does not make.
    pub(super) fn identity(&self) -> Result<&Identity, Failure> {
        let identity = self.client.identity().ok_or(piao_client::ClientError::NoIdentity);
        identity.map_err(|error| told::failure(error, self.language))
    }

    /// Says for which chain something is signed, where only the services said so.
    pub(super) fn tell_chain(&self) {
        if self.discovered {
            let chain = self.client.chain();
            note(&match self.language {
                Language::Zh => format!("链 {chain}，由服务自报；用 --chain 或 --genesis-file 指定"),
                Language::En => {
                    format!("chain {chain}, as the services say; name it with --chain or --genesis-file")
                }
            });
        }
    }

    /// What an error of the client comes to.
    pub(crate) fn failure(&self, error: piao_client::ClientError) -> Failure {
        told::failure_of(error, self.client.identity(), self.language)
    }
}

/// Says to a person at a terminal that the services are slow or away, where none has said anything new for a while.
fn wonder(client: &Client, wait: u64, language: Language) {
    if !std::io::stderr().is_terminal() {
        return;
    }
    let (client, before) = (client.clone(), client.height());
    tokio::spawn(async move {
        tokio::time::sleep(WONDER_AFTER).await;
        if client.height() == before {
            note(&match language {
                Language::Zh => format!("仍在等待服务，每次最多 {wait} 秒（--wait）；Ctrl-C 结束"),
                Language::En => {
                    format!(
                        "still waiting for the services, at most {wait} s an answer (--wait); Ctrl-C ends it"
                    )
                }
            });
        }
    });
}

/// Where the services are: one URL for all of them, and `SERVICE=URL` for each that is elsewhere.
///
/// # Errors
/// [`Failure::Usage`] for anything else.
pub(crate) fn endpoints(urls: &[String]) -> Result<Endpoints, Failure> {
    let (named, bases): (Vec<_>, Vec<_>) = urls.iter().partition(|url| service(url).is_some());
    let [base] = bases.as_slice() else {
        return Err(Failure::Usage(
            "--url: name one URL for all services, then SERVICE=URL for others".to_owned(),
        ));
    };
    let wrong = |error: piao_client::BadEndpoint| Failure::Usage(format!("--url: {error}"));
    let mut endpoints = Endpoints::one(base).map_err(wrong)?;
    for (service, url) in named.iter().filter_map(|url| service(url)) {
        endpoints = endpoints.with(service, url).map_err(wrong)?;
    }
    Ok(endpoints)
}

/// `SERVICE=URL`, where the text is that.
fn service(text: &str) -> Option<(Service, &str)> {
    let (name, url) = text.split_once('=')?;
    let service = match name {
        "registry" => Service::Registry,
        "rules" => Service::Rules,
        "issuance" => Service::Issuance,
        "claims" => Service::Claims,
        "reimbursement" => Service::Reimbursement,
        "ledger" => Service::Ledger,
        _ => return None,
    };
    Some((service, url))
}
