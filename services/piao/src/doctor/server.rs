use std::time::Duration;

use piao_client::{Client, ClientError, Identity, List, Retry, Service, Settings};
use piao_protocol::checkpoint::UnverifiedCheckpoint;
use piao_protocol::genesis::Genesis;
use piao_protocol::jwk::kid;
use serde_json::Value;

use super::DoctorArgs;
use super::check::Checks;
use super::files::Found;
use crate::data_dir::log_keys;
use crate::exit::chain;
use crate::hands::connect::endpoints;

const DEFAULT_URL: &str = "http://127.0.0.1:8180";
const READY: &str = "services";

/// Looks at the services, where they answer: readiness, chain, and whether keys are live on the ledger. Says whether
/// something answers.
pub(super) async fn look(checks: &mut Checks, args: &DoctorArgs, found: &Found) -> bool {
    let urls = if args.url.is_empty() { vec![DEFAULT_URL.to_owned()] } else { args.url.clone() };
    let url = urls.join(",");
    let url = url.as_str();
    let keys = |checks: &mut Checks, why: &str| {
        for (name, _) in &found.keys {
            checks.not_done(&format!("{name} on the ledger"), why);
        }
    };
    let Some(genesis) = found.genesis.as_deref() else {
        checks.not_done(READY, "without a genesis file nobody knows which chain to ask for");
        return false;
    };
    let client = match client(&urls, genesis, args.wait) {
        Ok(client) => client,
        Err(why) => {
            checks.wrong(READY, why);
            return false;
        }
    };
    match client.get::<Vec<Value>>(Service::Ledger, "/readyz", &List::new()).await {
        Ok(services) => checks.holds(READY, ready(url, &services)),
        Err(ClientError::UnexpectedAnswer { status: 503, excerpt, .. }) => {
            checks.wrong(READY, format!("{url} is not ready: {excerpt}"));
        }
        Err(error @ ClientError::Transport { .. }) if args.url.is_empty() => {
            checks.not_done(READY, format!("nothing answers at {url}"));
            keys(checks, "no service answers");
            tracing::debug!(error = chain(&error), "no service answers");
            return false;
        }
        Err(error) => {
            checks.undecided(READY, chain(&error));
            keys(checks, "no service answers");
            return false;
        }
    }
    checkpoint(checks, &client, genesis).await;
    for (name, identity) in &found.keys {
        key(checks, &format!("{name} on the ledger"), &client, identity).await;
    }
    true
}

fn client(urls: &[String], genesis: &Genesis, wait: u64) -> Result<Client, String> {
    let endpoints = endpoints(urls).map_err(|failure| failure.to_string())?;
    let client = Client::new(endpoints, genesis.chain().clone(), None).map_err(|error| chain(&error))?;
    let wait = Duration::from_secs(wait);
    Ok(client.with_settings(Settings {
        answer_wait_max: wait,
        // Long enough for what passes by itself, and no longer.
        read_wait_max: wait.min(Duration::from_secs(2)),
        retry: Retry::default(),
        language: Some("en".to_owned()),
        ..Settings::default()
    }))
}

fn ready(url: &str, services: &[Value]) -> String {
    let heights = services.iter().filter_map(|service| service.get("height").and_then(Value::as_u64));
    match (heights.clone().min(), heights.max()) {
        (Some(low), Some(high)) if low == high => format!("{url} is ready, at height {low}"),
        (Some(low), Some(high)) => format!("{url} is ready, at heights {low} to {high}"),
        (_, None) | (None, _) => format!("{url} is ready"),
    }
}

/// The log that is served: of this chain, under its keys.
async fn checkpoint(checks: &mut Checks, client: &Client, genesis: &Genesis) {
    const NAME: &str = "log";
    let note = match client.checkpoint().await {
        Ok(note) => note,
        Err(ClientError::Problem(problem)) if problem.status == 404 => {
            return checks.not_done(NAME, "no checkpoint is served here");
        }
        Err(error) => return checks.undecided(NAME, chain(&error)),
    };
    match UnverifiedCheckpoint::parse(&note) {
        Err(error) => checks.wrong(NAME, format!("the checkpoint served is none: {error}")),
        Ok(read) if read.chain() != genesis.chain() => {
            checks.wrong(NAME, format!("chain {} is served here, not the genesis file's", read.chain()));
        }
        Ok(read) => match read.verify(&log_keys(genesis)) {
            Ok(verified) => {
                checks.holds(NAME, format!("signed checkpoint of {} entries", verified.checkpoint().size));
            }
            Err(error) => checks.wrong(NAME, error.to_string()),
        },
    }
}

/// Whether a key is live, as the party itself may read it.
async fn key(checks: &mut Checks, name: &str, client: &Client, identity: &Identity) {
    let client = client.acting_as(identity.clone());
    let party = identity.party();
    let own = kid(&identity.kid());
    match client.party(party).await {
        Ok(read) => {
            let keys = read.get("keys").and_then(Value::as_array).into_iter().flatten();
            let text = |key: &Value, member: &str| key.get(member).and_then(Value::as_str).map(str::to_owned);
            let mut states = keys.filter(|key| text(key, "kid") == Some(own.clone()));
            match states.next().and_then(|key| text(key, "state")).as_deref() {
                Some("live") => checks.holds(name, format!("live for {party}")),
                Some(state) => checks.wrong(name, format!("{state} for {party}")),
                None => checks.wrong(name, format!("{party} has no such key")),
            }
        }
        Err(ClientError::Problem(problem)) if matches!(problem.status, 401 | 404) => {
            checks.wrong(name, format!("the ledger knows no live key {own} of {party} ({})", problem.code));
        }
        Err(error) => checks.undecided(name, chain(&error)),
    }
}
