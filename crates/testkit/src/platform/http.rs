//! What tests ask a platform over HTTP.

use std::sync::atomic::Ordering;

use piao_domain::ids::PartyId;
use piao_protocol::json::Json;
use piao_protocol::sealed::Sealed;
use serde_json::Value;

use super::TestPlatform;
use crate::actor::{Actor, Signed};
use crate::body;

/// An answer, read whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: reqwest::header::HeaderMap,
    /// Its body as text.
    pub body: String,
}

/// A request that is being put together.
pub struct Request<'a> {
    platform: &'a TestPlatform,
    builder: reqwest::RequestBuilder,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// Where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{} {}", self.status, self.body))
    }

    /// A header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The status and the `code` of a problem document; an empty code for everything else.
    #[must_use]
    pub fn code(&self) -> (u16, String) {
        let json: Value = serde_json::from_str(&self.body).unwrap_or_default();
        (self.status, json["code"].as_str().unwrap_or_default().to_owned())
    }

    /// The status, and the code where it is a problem: `409 lock.exists`.
    #[must_use]
    pub fn said(&self) -> String {
        let (status, code) = self.code();
        if code.is_empty() { status.to_string() } else { format!("{status} {code}") }
    }

    /// The body of a 200.
    ///
    /// # Panics
    /// For any other status.
    #[must_use]
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.json()
    }
}

impl Request<'_> {
    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    /// Signs in.
    #[must_use]
    pub fn by(self, caller: &Actor) -> Self {
        let now = self.platform.now();
        let token = caller.key.sign_read_token(&caller.party, self.platform.chain.id(), now, now.plus(120));
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Gives it a JSON body.
    #[must_use]
    pub fn json(mut self, body: impl Into<String>) -> Self {
        self.builder = self.builder.header("content-type", "application/json").body(body.into());
        self
    }

    /// Sends it.
    ///
    /// # Panics
    /// Where there is no answer.
    pub async fn send(self) -> Answer {
        let response = self.builder.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: response.text().await.expect("a whole answer") }
    }
}

impl TestPlatform {
    /// `GET`, of a state that holds everything that was decided through this value.
    #[must_use]
    pub fn get(&self, path: &str) -> Request<'_> {
        let builder = self.client.get(self.url(path));
        Request { platform: self, builder }.header("piao-min-height", &self.height().to_string())
    }

    /// `POST`, likewise.
    #[must_use]
    pub fn post(&self, path: &str) -> Request<'_> {
        let builder = self.client.post(self.url(path));
        Request { platform: self, builder }.header("piao-min-height", &self.height().to_string())
    }

    /// Any other method.
    ///
    /// # Panics
    /// For what is no method.
    #[must_use]
    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        Request { platform: self, builder: self.client.request(method, self.url(path)) }
    }

    /// Posts what was signed to an endpoint, waits for the decision, and remembers its height.
    pub async fn submit(&self, path: &str, signed: &Signed, sealed: Option<&Sealed>) -> Answer {
        let sealed = sealed.map(|sealed| {
            format!(r#","sealed":{}"#, serde_json::to_string(sealed).expect("salt and data are JSON"))
        });
        let body = format!(r#"{{"transition":"{}"{}}}"#, signed.jws, sealed.unwrap_or_default());
        let answer = self.post(path).header("prefer", "wait=30").json(body).send().await;
        let json: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        // A receipt by itself, or inside the problem document of a refusal.
        for height in [&json["height"], &json["receipt"]["height"]] {
            if let Some(height) = height.as_u64() {
                self.height.fetch_max(height, Ordering::Relaxed);
            }
        }
        answer
    }

    /// Signs a body, posts it to an endpoint and waits for the decision.
    pub async fn submit_as(&self, actor: &Actor, path: &str, kind: &str, body: &str) -> Answer {
        self.submit(path, &self.sign(actor, kind, body), None).await
    }

    /// Signs and posts a body to an endpoint, where it is accepted.
    ///
    /// # Panics
    /// Where it is not.
    pub async fn accept_at(&self, actor: &Actor, path: &str, kind: &str, body: &str) {
        let answer = self.submit_as(actor, path, kind, body).await;
        assert_eq!(answer.status, 201, "{kind}: {}", answer.body);
    }

    /// Lets an enterprise or a person join.
    ///
    /// # Panics
    /// For a bureau or a node, which are of the genesis file.
    pub async fn join(&self, actor: &Actor) {
        match actor.party {
            PartyId::Enterprise(_) => {
                self.accept(&self.chain.bureau, "party.register", &body::register(actor)).await
            }
            PartyId::Person(_) => {
                self.accept(actor, "party.enroll", &format!(r#"{{"key":{}}}"#, actor.jwk_json())).await
            }
            PartyId::Bureau(_) | PartyId::Node(_) => panic!("{} is of the genesis file", actor.party),
        };
    }

    /// The bureau deploys the first version of the test rules, which bind from today on.
    ///
    /// # Panics
    /// Where they were deployed before.
    pub async fn put_rules_in_force(&self) {
        let (bureau, today) = (&self.chain.bureau, self.now().date().to_string());
        self.accept(bureau, "rules.deploy", &body::rules(1)).await;
        self.accept(bureau, "rules.activate", &body::activate(1, &today)).await;
    }

    /// Signs a body now.
    #[must_use]
    pub fn sign(&self, actor: &Actor, kind: &str, body: &str) -> Signed {
        actor.sign(self.chain.id(), self.now(), kind, body)
    }

    /// Signs and posts a body of any type to the ledger, which accepts it.
    ///
    /// # Panics
    /// Where it does not.
    pub async fn accept(&self, actor: &Actor, kind: &str, body: &str) -> Signed {
        let signed = self.sign(actor, kind, body);
        let answer = self.submit("/v1/transitions", &signed, None).await;
        assert_eq!(answer.status, 201, "{kind}: {}", answer.body);
        signed
    }

    /// Signs and posts a body of any type to the ledger, which refuses it with this code.
    ///
    /// # Panics
    /// Where it does not.
    pub async fn refuse(&self, actor: &Actor, kind: &str, body: &str, code: &str) {
        let answer = self.submit("/v1/transitions", &self.sign(actor, kind, body), None).await;
        assert_eq!(answer.code(), (409, code.to_owned()), "{kind}: {}", answer.body);
    }

    /// Seals data under a salt that follows from it, so that a test says the same each time.
    ///
    /// # Panics
    /// Where the data is no object.
    #[must_use]
    pub fn seal(&self, data: &str) -> Sealed {
        let data: Json = piao_protocol::json::from_str(data).expect("JSON");
        Sealed::new([9; 32], data).expect("an object")
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base())
    }
}
