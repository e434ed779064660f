//! What is sealed or secret is put into everything that takes it, and then looked for in everything that is kept or said:
//! logs at their most verbose, messages at the broker, the chain, metrics, answers to others, every table.

mod broker;
mod needles;

use std::time::Duration;

use piao_domain::key::Algorithm;
use piao_domain::time::Time;
use piao_ledger::Clock;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::encoding::base64url;
use piao_protocol::json::Json;
use piao_protocol::sealed::Sealed;
use piao_testkit::actor::{Actor, Signed};
use piao_testkit::body;
use serde_json::{Value, json};

use self::broker::{Message, Tap};
use self::needles::Needles;
use super::installation::Installation;
use super::served::Served;
use super::stage::enterprise;

/// What nobody may find in the open anywhere, not even in the tables that hold it encrypted.
const SEALED: [(&str, &str); 6] = [
    ("name", "张三丰-canary-7f3a"),
    ("id", "440301190001017f3b"),
    ("phone", "+86-139-0000-7f3c"),
    ("mail", "canary-7f3d@example.invalid"),
    ("remark", "备注-canary-7f3e"),
    ("reason", "理由-canary-7f3f"),
];

/// What parties of an invoice may read and no log, metric or answer to others holds: the name and the goods on it.
const CONFIDENTIAL: [(&str, &str); 2] =
    [("buyer", "购买方-canary-7f40"), ("item", "*信息技术服务*canary-7f41")];

const OTHERS: [&str; 5] = ["registry", "rules", "issuance", "claims", "reimbursement"];

/// A signed transition with what is sealed beside it, and where it is posted.
struct Write {
    path: String,
    signed: Signed,
    sealed: Option<Sealed>,
}

/// Everybody who acts, and over what.
struct Cast<'a> {
    installation: &'a Installation,
    http: reqwest::Client,
    bureau: Actor,
    seller: Actor,
    buyer: Actor,
    stranger: Actor,
}

fn now() -> Time {
    Time::from_unix(Clock::system().now())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sealed_or_secret_is_found_in_no_log_message_block_metric_answer_or_table() {
    let installation = Installation::new(&[&["ledger"], &OTHERS]).await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let ledger = Served::start(&installation, &["ledger"], "trace", file("ledger")).await;
    let services = Served::start(&installation, &OTHERS, "trace", file("services")).await;
    let tap = Tap::open(installation.bus.prefix().unwrap()).await;
    let cast = Cast::new(&installation);
    let mut needles = Needles::new(&SEALED, &CONFIDENTIAL);
    needles.secrets_of(&installation);
    cast.enter().await;

    // Decided while everybody is there; then taken while no ledger is, so that it lies at the broker.
    let sealed = cast.sealed_writes(1);
    for write in &sealed {
        cast.decided(write).await;
    }
    let mut answers = cast.told_to_others(&mut needles).await;
    answers.extend(cast.told_to_careless(&cast.sealed_writes(2)).await);
    let said = ledger.end().await;
    let waiting = cast.sealed_writes(10);
    for write in &waiting {
        cast.post(write, 0).await.is(202);
    }
    let lie =
        |messages: &[Message]| messages.iter().map(Message::transitions).sum::<usize>() >= waiting.len();
    let mut messages = tap.lying("commands", lie).await;
    assert!(messages.iter().any(|message| needles.finds_confidential(&message.body)), "commands are found");
    let ledger = Served::start(&installation, &["ledger"], "trace", file("ledger")).await;
    for write in &waiting {
        cast.decided(write).await;
    }
    tap.spoil(&messages[0].body).await;
    let announced = tap.announced().await;
    assert!(announced.iter().any(|message| needles.finds_confidential(&message.body)), "blocks are found");
    messages.extend(announced);
    messages.extend(tap.lying("quarantine", |messages| !messages.is_empty()).await);

    for service in [&ledger, &services] {
        let metrics = reqwest::get(service.url("/metrics")).await.unwrap().text().await.unwrap();
        needles.absent("metrics", metrics.as_bytes());
    }
    for answer in &answers {
        needles.absent("an answer to somebody else", answer.as_bytes());
    }
    for message in &messages {
        needles.sealed_absent("a message at the broker", &message.whole());
    }
    let blocks = cast.blocks().await;
    assert!(blocks.lines().count() > 5, "{blocks}");
    needles.sealed_absent("the chain", blocks.as_bytes());
    assert!(needles.finds_confidential(blocks.as_bytes()), "what is sought is found where it must be");
    let (tables, rows) = needles::tables(installation.url()).await;
    assert!(tables.len() > 30, "{tables:?}");
    for (table, text) in rows {
        needles.sealed_absent(&table, text.as_bytes());
    }
    assert_eq!(cast.unsealed().await, SEALED.len() - 1, "whoever may read what is sealed does");
    let said = [said, ledger.end().await, services.end().await].concat();
    let put_aside = String::from_utf8_lossy(&said).contains("it is put aside");
    assert!(put_aside, "the spoilt message is in the log: {}", String::from_utf8_lossy(&said));
    needles.absent("a log", &said);
    tap.close().await;
    installation.bus.finish().await;
}

/// What is no submission at all.
const MISSHAPEN: &str = "400 malformed or 422 schema";

/// An answer, read whole.
struct Answer {
    status: u16,
    body: String,
}

impl Answer {
    fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}

impl<'a> Cast<'a> {
    fn new(installation: &'a Installation) -> Self {
        Self {
            installation,
            http: reqwest::Client::new(),
            bureau: needles::bureau(installation),
            seller: Actor::new(&enterprise(1), Algorithm::Es256k),
            buyer: Actor::new(&enterprise(2), Algorithm::Es256),
            stranger: Actor::new(&enterprise(3), Algorithm::EdDsa),
        }
    }

    fn sign(&self, path: &str, actor: &Actor, kind: &str, body: &str) -> Write {
        let signed = actor.sign(self.installation.genesis.chain(), now(), kind, body);
        Write { path: path.to_owned(), signed, sealed: None }
    }

    async fn post(&self, write: &Write, wait: u32) -> Answer {
        let mut body = json!({"transition": *write.signed.jws});
        if let Some(sealed) = &write.sealed {
            body["sealed"] = serde_json::to_value(sealed).unwrap();
        }
        self.send(&write.path, &body.to_string(), wait).await
    }

    async fn send(&self, path: &str, body: &str, wait: u32) -> Answer {
        let service = service_of(path);
        let url = format!("http://{}{path}", self.installation.address(service));
        let request = self.http.post(url).header("prefer", format!("wait={wait}"));
        let request = request.header("content-type", "application/json").body(body.to_owned());
        read(request.send().await.unwrap()).await
    }

    /// Posts until the receipt is there: a service may hear late of who signs.
    async fn decided(&self, write: &Write) {
        let decided = async {
            let mut due = tokio::time::interval(Duration::from_millis(20));
            loop {
                due.tick().await;
                let answer = self.post(write, 30).await;
                match answer.status {
                    200 | 201 => return,
                    202 | 401 | 503 => {}
                    _ => panic!("{}: {} {}", write.path, answer.status, answer.body),
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), decided).await.expect("a decision in time");
    }

    fn token(&self, actor: &Actor) -> String {
        let chain = self.installation.genesis.chain();
        actor.key.sign_read_token(&actor.party, chain, now(), now().plus(240))
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        let url = format!("http://{}{path}", self.installation.address(service_of(path)));
        read(self.http.get(url).bearer_auth(token).send().await.unwrap()).await
    }

    /// Everybody is registered, rules hold, and the seller has numbers.
    async fn enter(&self) {
        let Self { bureau, seller, buyer, stranger, .. } = self;
        for party in [seller, buyer, stranger] {
            self.decided(&self.sign("/v1/parties", bureau, "party.register", &body::register(party))).await;
        }
        let activate = body::activate(1, &now().date().to_string());
        let apply = body::apply(now().month(), 100);
        for (path, actor, kind, body) in [
            ("/v1/rule-sets", bureau, "rules.deploy", &body::rules(1)),
            ("/v1/rule-sets/test/1:activate", bureau, "rules.activate", &activate),
            ("/v1/quotas", seller, "quota.apply", &apply),
        ] {
            self.decided(&self.sign(path, actor, kind, body)).await;
        }
    }

    /// An invoice and a suspension, each with everything that can be sealed beside it.
    fn sealed_writes(&self, sequence: u64) -> Vec<Write> {
        let [name, id, phone, mail, remark, reason] = SEALED.map(|(_, value)| value);
        let number = piao_testkit::scenario::number(now(), sequence);
        let claim_key = base64url::encode(ClaimSecret::from_seed(&needles::CLAIM_SEED).key().as_bytes());
        let mut issue: Value =
            serde_json::from_str(&body::issue(&number, Some(&self.buyer), Some(&claim_key))).unwrap();
        issue["buyer"]["name"] = CONFIDENTIAL[0].1.into();
        issue["lines"][0]["item"] = CONFIDENTIAL[1].1.into();
        let data =
            json!({"buyer": {"name": name, "id": id}, "remark": remark, "drawer": phone, "payee": mail});
        let suspend = json!({"party": self.stranger.party.to_string(), "reason": "audit"});
        let kind = if sequence == 1 { "party.suspend" } else { "party.reinstate" };
        let verb = kind.split_once('.').unwrap().1;
        let path = format!("/v1/parties/{}:{verb}", self.stranger.party);
        vec![
            self.seal("/v1/invoices", &self.seller, "invoice.issue", issue, &data),
            self.seal(&path, &self.bureau, kind, suspend, &json!({ "reason": reason })),
        ]
    }

    fn seal(&self, path: &str, actor: &Actor, kind: &str, mut body: Value, data: &Value) -> Write {
        let data: Json = piao_protocol::json::from_str(&data.to_string()).unwrap();
        let sealed = Sealed::new([9; 32], data).unwrap();
        body["sealed_digest"] = sealed.digest().to_string().into();
        Write { sealed: Some(sealed), ..self.sign(path, actor, kind, &body.to_string()) }
    }

    /// What a stranger is answered about it all.
    async fn told_to_others(&self, needles: &mut Needles) -> Vec<String> {
        let token = self.token(&self.stranger);
        needles.secret("a read token", &token);
        let number = piao_testkit::scenario::number(now(), 1);
        let mut answers = Vec::new();
        for path in [format!("/v1/invoices/{number}"), format!("/v1/invoices/{number}/history")] {
            answers.push(self.get(&path, &token).await.is(404).body.clone());
            answers.push(self.get(&path, &format!("{token}x")).await.is(401).body.clone());
        }
        for path in ["/v1/invoices?limit=200", "/v1/quotas", "/v1/inbox"] {
            answers.push(self.get(path, &token).await.is(200).body.clone());
        }
        answers
    }

    /// What whoever sends something careless is answered, of transitions that nobody has decided. Of sealed data that
    /// differ the sender is shown what we read: that is the sender's own, and no answer to somebody else.
    async fn told_to_careless(&self, writes: &[Write]) -> Vec<String> {
        let mut answers = Vec::new();
        for Write { path, signed, sealed } in writes {
            let jws: &str = &signed.jws;
            let (input, _) = jws.rsplit_once('.').unwrap();
            let sealed = serde_json::to_value(sealed).unwrap();
            let mut salt_less = sealed.clone();
            salt_less.as_object_mut().unwrap().remove("salt");
            let mut differs = sealed.clone();
            differs["data"]["more"] = "1".into();
            let unsigned = format!("{input}.{}", base64url::encode(&[1; 64]));
            for (body, expect) in [
                (json!({"transition": unsigned, "sealed": sealed}), "401 bad_signature"),
                (json!({"transition": jws}), "422 sealed_missing"),
                (json!({"transition": jws, "sealed": differs}), "422 sealed_mismatch"),
                (json!({"transition": format!("{input}.AAAA"), "sealed": sealed}), MISSHAPEN),
                (json!({"transition": jws, "sealed": salt_less}), MISSHAPEN),
                (json!({"transition": jws, "sealed": sealed["data"]}), MISSHAPEN),
                (json!({"transition": jws, "sealed": sealed.to_string()}), MISSHAPEN),
                (json!({"transition": jws, "sealed": sealed, "more": sealed["data"]}), MISSHAPEN),
                (json!({"transition": sealed["data"], "sealed": sealed}), MISSHAPEN),
            ] {
                let answer = self.send(path, &body.to_string(), 0).await;
                let told: Value = serde_json::from_str(&answer.body).unwrap();
                let said = format!("{} {}", answer.status, told["code"].as_str().unwrap_or_default());
                assert!(expect.split(" or ").any(|expect| said == expect), "{expect}: {}", answer.body);
                if told["code"] != "sealed_mismatch" {
                    answers.push(answer.body);
                }
            }
        }
        answers
    }

    async fn blocks(&self) -> String {
        self.get("/v1/blocks?from=0&limit=500", &self.token(&self.bureau)).await.is(200).body.clone()
    }

    /// How many of the sealed values the issuer reads on its invoice.
    async fn unsealed(&self) -> usize {
        let number = piao_testkit::scenario::number(now(), 1);
        let invoice = self.get(&format!("/v1/invoices/{number}"), &self.token(&self.seller)).await;
        let invoice = &invoice.is(200).body;
        SEALED.iter().filter(|(_, value)| invoice.contains(value)).count()
    }
}

async fn read(response: reqwest::Response) -> Answer {
    Answer { status: response.status().as_u16(), body: response.text().await.unwrap() }
}

fn service_of(path: &str) -> &'static str {
    if path.starts_with("/v1/blocks") { "ledger" } else { OTHERS[0] }
}
