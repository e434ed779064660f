//! What is sought, in every form in which it could be there, and the tables in which it is sought.

use std::path::PathBuf;

use piao_client::KeyFile;
use piao_protocol::encoding::base64url;
use piao_protocol::jws::SigningKey;
use piao_testkit::actor::Actor;

use super::super::installation::Installation;

/// The seed of the one-time claim key, which its holder alone has.
pub(crate) const CLAIM_SEED: [u8; 32] = *b"canary-7f42-the-one-time-claim-k";

/// What is sought, by kind.
pub(crate) struct Needles {
    sealed: Vec<Needle>,
    confidential: Vec<Needle>,
    secrets: Vec<Needle>,
}

struct Needle {
    what: String,
    forms: Vec<String>,
}

impl Needle {
    fn new(what: &str, value: &[u8]) -> Self {
        Self { what: what.to_owned(), forms: forms(value) }
    }

    fn found(&self, text: &str) -> Option<&str> {
        self.forms.iter().find(|form| text.contains(form.as_str())).map(String::as_str)
    }
}

impl Needles {
    pub(crate) fn new(sealed: &[(&str, &str)], confidential: &[(&str, &str)]) -> Self {
        let all = |values: &[(&str, &str)]| {
            values.iter().map(|(what, value)| Needle::new(what, value.as_bytes())).collect()
        };
        let claim = Needle::new("the claim key", &CLAIM_SEED);
        Self { sealed: all(sealed), confidential: all(confidential), secrets: vec![claim] }
    }

    /// Something else that nobody may find.
    pub(crate) fn secret(&mut self, what: &str, token: &str) {
        // A token begins alike for everybody: its signature is what makes it one.
        let value = token.rsplit('.').next().unwrap_or_default();
        self.secrets.push(Needle::new(what, value.as_bytes()));
    }

    /// The keys of an installation, and its passwords.
    pub(crate) fn secrets_of(&mut self, installation: &Installation) {
        for name in ["PIAO_LOG_KEY_FILE", "PIAO_SEAL_KEY_FILE"] {
            let key = std::fs::read_to_string(setting(installation, name)).unwrap();
            self.secrets.push(Needle::new(name, key.trim().as_bytes()));
            if let Ok(bytes) = base64url::decode(key.trim()) {
                self.secrets.push(Needle::new(name, &bytes));
            }
        }
        let node = KeyFile::read(&PathBuf::from(setting(installation, "PIAO_NODE_KEY_FILE"))).unwrap();
        self.secrets.push(Needle::new("the node's key", &node.key().secret()));
        for name in ["PIAO_DATABASE_URL", "PIAO_AMQP_URL"] {
            let url = setting(installation, name);
            let (user, _) = url.split_once("://").and_then(|(_, rest)| rest.split_once('@')).unwrap();
            let (_, password) = user.split_once(':').unwrap();
            self.secrets.push(Needle::new(name, password.as_bytes()));
        }
    }

    /// Fails where any of it is in a text.
    pub(crate) fn absent(&self, place: &str, bytes: &[u8]) {
        check(place, bytes, self.sealed.iter().chain(&self.secrets).chain(&self.confidential));
    }

    /// Fails where anything is in a text but what the parties of an invoice may read.
    pub(crate) fn sealed_absent(&self, place: &str, bytes: &[u8]) {
        check(place, bytes, self.sealed.iter().chain(&self.secrets));
    }

    /// Whether everything is there that the parties of an invoice may read.
    pub(crate) fn finds_confidential(&self, bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        self.confidential.iter().all(|needle| needle.found(&text).is_some())
    }
}

fn check<'a>(place: &str, bytes: &[u8], needles: impl Iterator<Item = &'a Needle>) {
    let text = String::from_utf8_lossy(bytes);
    for needle in needles {
        if let Some(form) = needle.found(&text) {
            let line = text.lines().find(|line| line.contains(form)).unwrap_or_default();
            let line = line.chars().take(600).collect::<String>();
            panic!("{} is in {place} as {form}: {line}", needle.what);
        }
    }
}

/// As it is, as JSON and as debugging text write it, in hexadecimal, as numbers, and in base64 wherever it begins.
fn forms(value: &[u8]) -> Vec<String> {
    let hex = value.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let numbers = |bytes: &[u8]| bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    let mut forms = vec![hex.to_uppercase(), hex, numbers(value)];
    if let Ok(text) = std::str::from_utf8(value) {
        let escaped =
            |unit: u16| if unit < 128 { String::from_utf16_lossy(&[unit]) } else { format!("\\u{unit:04x}") };
        forms.push(text.encode_utf16().map(escaped).collect());
        forms.push(text.escape_unicode().to_string());
        forms.push(text.to_owned());
    }
    for before in 0..3_usize {
        let shifted = [&vec![0; before], value].concat();
        let encoded = base64url::encode(&shifted);
        // Without the letters in which something before or after it has a part.
        let inner = &encoded[(before * 8).div_ceil(6)..shifted.len() * 8 / 6];
        let other = inner.replace('-', "+").replace('_', "/");
        forms.extend([numbers(inner.as_bytes()), inner.to_owned(), other]);
    }
    forms
}

/// The key of the bureau that `piao init` made.
pub(crate) fn bureau(installation: &Installation) -> Actor {
    let genesis = PathBuf::from(setting(installation, "PIAO_GENESIS_FILE"));
    let identity = KeyFile::read(&genesis.with_file_name("bureau-key.json")).unwrap();
    let key = SigningKey::from_secret(identity.public().algorithm(), &identity.key().secret()).unwrap();
    Actor { party: identity.party().clone(), key }
}

/// What an installation's processes find in their environment.
fn setting(installation: &Installation, name: &str) -> String {
    let command = installation.command(&["serve"]);
    let mut environment = command.as_std().get_envs();
    let found = environment.find_map(|(key, value)| (key == name).then_some(value?));
    found.and_then(|value| value.to_str()).expect(name).to_owned()
}

/// Every table of a database by its name, and each with its rows as text, bytes in hexadecimal.
pub(crate) async fn tables(url: &str) -> (Vec<String>, Vec<(String, String)>) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    let named = client
        .query(
            "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables \
             WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')",
            &[],
        )
        .await
        .unwrap();
    let names: Vec<String> = named.iter().map(|row| row.get(0)).collect();
    let mut texts = Vec::new();
    for name in &names {
        let rows = client.query(&format!("SELECT one::text FROM {name} AS one"), &[]).await.unwrap();
        let text = rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n");
        texts.push((name.clone(), text));
    }
    drop(client);
    driver.await.unwrap().unwrap();
    (names, texts)
}
