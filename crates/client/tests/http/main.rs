//! How the client behaves when services answer late, half, not yet, or no.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod read;
mod server;
mod submit;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use piao_client::{Client, Endpoints, Identity, Retry, Settings, Sources, Wait};
use piao_domain::command::Command;
use piao_domain::ids::{ChainId, PartyId};
use piao_domain::key::Algorithm;
use piao_domain::number::InvoiceNumber;
use piao_domain::rejection::Rejection;
use piao_domain::time::Time;
use piao_protocol::jws::{PreparedKey, SigningKey};
use server::{Fault, SOON, Service};

pub(crate) const NOW: Time = Time::from_unix(1_790_000_000);

pub(crate) fn identity(algorithm: Algorithm) -> Identity {
    let party = PartyId::parse("uscc:91440300708461136T").unwrap();
    Identity::new(party, SigningKey::from_secret(algorithm, &[7; 32]).unwrap())
}

pub(crate) fn unbook() -> Command {
    Command::Unbook { invoice: InvoiceNumber::parse("26950000000000000001").unwrap() }
}

/// Waits short enough for a test that meets many of them, but for the answer: a busy machine may be slow.
pub(crate) fn settings() -> Settings {
    Settings {
        retry: Retry { first_wait: Duration::from_millis(2), wait_max: Duration::from_millis(10) },
        wait: Wait::NONE,
        answer_wait_max: SOON,
        ..Settings::default()
    }
}

/// A client of a service that misbehaves so, one fault a request, and then no more.
pub(crate) fn given(faults: &[Fault], refuse: Option<Rejection>) -> (Client, Arc<Service>) {
    given_with(Algorithm::Es256k, faults, refuse)
}

pub(crate) fn given_with(
    algorithm: Algorithm,
    faults: &[Fault],
    refuse: Option<Rejection>,
) -> (Client, Arc<Service>) {
    let identity = identity(algorithm);
    let chain = ChainId::parse("shenzhen-0123456789abcdef0123456789abcdef").unwrap();
    let service = Arc::new(Service {
        chain: chain.clone(),
        now: NOW,
        key: PreparedKey::new(identity.public()).unwrap(),
        height: 812,
        faults: Mutex::new(VecDeque::from(faults.to_vec())),
        refuse,
        seen: Mutex::default(),
        receipts: Mutex::default(),
    });
    let endpoints = Endpoints::one(&service.start()).unwrap();
    let counter = Mutex::new(0_u8);
    let sources = Sources::new(
        || NOW,
        move |bytes| {
            let mut counter = counter.lock().unwrap();
            *counter = counter.wrapping_add(1);
            bytes.fill(*counter);
        },
    );
    let client = Client::new(endpoints, chain, Some(identity)).unwrap();
    let hangs = faults.iter().any(|fault| matches!(fault, Fault::HangAfterDeciding));
    let answer_wait_max = if hangs { Duration::from_secs(1) } else { SOON };
    (client.with_settings(Settings { answer_wait_max, ..settings() }).with_sources(sources), service)
}
