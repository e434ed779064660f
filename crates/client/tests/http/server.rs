//! A small service that speaks the interface: it verifies signatures, keeps receipts and repeats them, and on demand
//! behaves as services under load or behind bad networks do.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use piao_domain::ids::{ChainId, TransitionId};
use piao_domain::rejection::Rejection;
use piao_domain::time::Time;
use piao_protocol::body;
use piao_protocol::digest::BlockHash;
use piao_protocol::jws::{PreparedKey, Unverified, UnverifiedReadToken};
use piao_protocol::outcome::{Effect, Outcome};
use piao_protocol::receipt::Receipt;
use piao_protocol::sealed::Sealed;
use serde_json::{Value, json};

/// What a service does with one request instead of deciding and answering.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Decides, and the answer never comes.
    HangAfterDeciding,
    /// Decides, and the connection breaks in the middle of the answer.
    BreakAfterDeciding,
    /// Writes it down and decides after the answer.
    Record,
    /// Writes it down, answers, and forgets it.
    RecordAndLose,
    /// Turns it away with a problem document.
    Problem(u16, &'static str, Option<u64>),
    /// Something on the way answers with a page for people.
    Page(u16),
    /// Answers with the receipt of another transition.
    OtherReceipt,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) at: Instant,
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// What the service knows.
pub(crate) struct Service {
    pub(crate) chain: ChainId,
    pub(crate) now: Time,
    pub(crate) key: PreparedKey,
    pub(crate) height: u64,
    pub(crate) faults: Mutex<VecDeque<Fault>>,
    pub(crate) refuse: Option<Rejection>,
    pub(crate) seen: Mutex<Vec<Seen>>,
    pub(crate) receipts: Mutex<BTreeMap<String, Receipt>>,
}

impl Service {
    /// Serves on a free port of this machine and returns its base URL. It ends with the test's runtime.
    pub(crate) fn start(self: &Arc<Self>) -> String {
        let service = Data::from(self.clone());
        let app = move || App::new().app_data(service.clone()).default_service(web::to(answer));
        let server = HttpServer::new(app).workers(1).disable_signals().shutdown_timeout(0);
        let server = server.bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.run());
        base
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    fn post(&self, request: &HttpRequest, bytes: &[u8]) -> HttpResponse {
        let fault = self.faults.lock().unwrap().pop_front();
        match fault {
            Some(Fault::Problem(status, code, retry_after)) => return problem(status, code, retry_after),
            Some(Fault::Page(status)) => return page(status),
            Some(
                Fault::HangAfterDeciding
                | Fault::BreakAfterDeciding
                | Fault::Record
                | Fault::RecordAndLose
                | Fault::OtherReceipt,
            )
            | None => {}
        }
        let id = match self.verified(request, bytes) {
            Ok(id) => id,
            Err(code) => return problem(422, code, None),
        };
        let known = self.receipts.lock().unwrap().contains_key(&id.to_string());
        let mut receipt = self.receipt(id);
        match fault {
            Some(Fault::RecordAndLose) => return recorded(&id),
            Some(Fault::OtherReceipt) => receipt.transition = TransitionId::new([9; 32]),
            _ => drop(self.receipts.lock().unwrap().insert(id.to_string(), receipt.clone())),
        }
        match (fault, &receipt.outcome) {
            (Some(Fault::Record), _) => recorded(&id),
            (Some(Fault::BreakAfterDeciding), _) => broken(),
            (_, Outcome::Rejected(rejection)) => {
                let mut document = document(409, rejection.code.as_str());
                document["receipt"] = serde_json::from_str(&receipt.to_json()).unwrap();
                document["differs"] = json!(["/tax"]);
                HttpResponse::Conflict().content_type("application/problem+json").body(document.to_string())
            }
            (_, Outcome::Accepted(_)) => {
                let status = if known { StatusCode::OK } else { StatusCode::CREATED };
                HttpResponse::build(status).content_type("application/json").body(receipt.to_json())
            }
        }
    }

    /// As an edge does: media type, form, sealed data, signature.
    fn verified(&self, request: &HttpRequest, bytes: &[u8]) -> Result<TransitionId, &'static str> {
        let text = std::str::from_utf8(bytes).map_err(|_| "malformed")?;
        let (jws, sealed) = match request.headers().get("content-type").map(|value| value.as_bytes()) {
            Some(b"application/jose") => (text.to_owned(), None),
            Some(b"application/json") => {
                let members: BTreeMap<String, Value> = serde_json::from_str(text).map_err(|_| "malformed")?;
                let sealed: Sealed =
                    piao_protocol::json::from_str(&members["sealed"].to_string()).map_err(|_| "schema")?;
                (members["transition"].as_str().ok_or("schema")?.to_owned(), Some(sealed))
            }
            _ => return Err("media_type"),
        };
        let read = Unverified::parse(jws)
            .map_err(|_| "malformed")?
            .verify(&self.key)
            .map_err(|_| "bad_signature")?;
        let read = read.decode(body::parse).map_err(|_| "schema")?;
        match (read.body().sealed_digest(), sealed) {
            (Some(digest), Some(sealed)) => sealed.check(digest).map_err(|_| "sealed_mismatch")?,
            (None, None) => {}
            _ => return Err("sealed_missing"),
        }
        if read.claims().chain == self.chain { Ok(read.id()) } else { Err("wrong_chain") }
    }

    fn receipt(&self, transition: TransitionId) -> Receipt {
        let outcome = self.refuse.clone().map_or(Outcome::Accepted(Effect::Nothing), Outcome::Rejected);
        let (height, index, block) = (self.height, 7, BlockHash::new([3; 32]));
        Receipt { transition, outcome, height, index, block, time: self.now }
    }

    fn get(&self, request: &HttpRequest) -> HttpResponse {
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let bearer = header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let reads = bearer.is_some_and(|token| {
            UnverifiedReadToken::parse(token)
                .is_ok_and(|token| token.verify(&self.key, &self.chain, self.now).is_ok())
        });
        if !reads {
            return problem(401, "unauthorized", None);
        }
        match self.faults.lock().unwrap().pop_front() {
            Some(Fault::Problem(status, code, retry_after)) => return problem(status, code, retry_after),
            Some(Fault::Page(status)) => return page(status),
            other => assert!(other.is_none(), "{other:?} is no fault of a read"),
        }
        match request.path().strip_prefix("/v1/transitions/") {
            Some(id) => match self.receipts.lock().unwrap().get(id) {
                Some(receipt) => {
                    let receipt: Value = serde_json::from_str(&receipt.to_json()).unwrap();
                    HttpResponse::Ok().json(json!({"transition": "…", "receipt": receipt}))
                }
                None => problem(404, "not_found", None),
            },
            None => HttpResponse::Ok().json(json!({"data": [{"number": "1"}], "next": "c2"})),
        }
    }
}

async fn answer(service: Data<Service>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let pair =
        |(name, value): (&actix_web::http::header::HeaderName, &actix_web::http::header::HeaderValue)| {
            (name.as_str().to_owned(), value.to_str().unwrap().to_owned())
        };
    service.seen.lock().unwrap().push(Seen {
        at: Instant::now(),
        line: format!("{} {}", request.method(), request.uri()),
        headers: request.headers().iter().map(pair).collect(),
        body: body.to_vec(),
    });
    let hang = matches!(service.faults.lock().unwrap().front(), Some(Fault::HangAfterDeciding));
    let mut response =
        if request.method() == "POST" { service.post(&request, &body) } else { service.get(&request) };
    if hang {
        std::future::pending::<()>().await;
    }
    let height = actix_web::http::header::HeaderValue::from(service.height);
    response.headers_mut().insert(actix_web::http::header::HeaderName::from_static("piao-height"), height);
    response
}

fn recorded(id: &TransitionId) -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header(("location", format!("/v1/transitions/{id}")))
        .insert_header(("retry-after", "0"))
        .json(json!({"transition": id.to_string()}))
}

fn broken() -> HttpResponse {
    let parts = [Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("the connection breaks"))];
    HttpResponse::Created().body(SizedStream::new(400, futures_util::stream::iter(parts)))
}

fn page(status: u16) -> HttpResponse {
    HttpResponse::build(StatusCode::from_u16(status).unwrap())
        .content_type("text/html")
        .body("<h1>Bad gateway</h1>")
}

fn document(status: u16, code: &str) -> Value {
    json!({"type": format!("urn:piao:problem:{code}"), "title": "…", "status": status, "detail": "…", "code": code,
        "retryable": code.starts_with("unknown_"), "trace_id": "00", "errors": [{"pointer": "/body/tax", "code": code, "expected": "1"}]})
}

fn problem(status: u16, code: &str, retry_after: Option<u64>) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap());
    if let Some(seconds) = retry_after {
        response.insert_header(("retry-after", seconds.to_string()));
    }
    response.content_type("application/problem+json").body(document(status, code).to_string())
}

/// Long enough for any answer of this machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);
