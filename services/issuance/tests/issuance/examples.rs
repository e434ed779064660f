//! The invoices of `examples/`, written from real facts, on their way from draft to reading.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use piao_domain::key::Algorithm;
use piao_domain::uppercase;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::encoding::base64url;
use piao_testkit::actor::Actor;
use piao_testkit::given;
use piao_testkit::platform::TestPlatform;
use serde_json::{Value, json};

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

fn read(path: &PathBuf) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn all(name: &str) -> Vec<(String, Value)> {
    let mut files: Vec<_> = fs::read_dir(folder(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let named =
        files.iter().map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), read(path)));
    named.collect()
}

struct Country {
    platform: TestPlatform,
    parties: BTreeMap<String, Actor>,
}

impl Country {
    /// Every company registered, both rule sets active, and quota for every seller.
    async fn start() -> Self {
        let platform = TestPlatform::start(&[given!(piao_issuance)]).await;
        let (bureau, today) = (&platform.chain.bureau, platform.now().date());
        let mut parties = BTreeMap::new();
        for (index, party) in read(&folder("parties.json")).as_array().unwrap().iter().enumerate() {
            let algorithm = [Algorithm::Es256k, Algorithm::Es256, Algorithm::EdDsa][index % 3];
            let actor = Actor::new(party["party"].as_str().unwrap(), algorithm);
            let mut body = party.clone();
            body["key"] = serde_json::from_str(&actor.jwk_json()).unwrap();
            platform.accept(bureau, "party.register", &body.to_string()).await;
            parties.insert(actor.party.to_string(), actor);
        }
        for (_, rules) in all("rules") {
            platform.accept(bureau, "rules.deploy", &rules.to_string()).await;
            let body = json!({ "id": rules["id"], "version": 1, "from": today.to_string() });
            platform.accept(bureau, "rules.activate", &body.to_string()).await;
        }
        let country = Self { platform, parties };
        for seller in
            all("invoices").into_iter().chain(all("refused")).map(|(_, file)| file["seller"].clone())
        {
            country.quota(seller.as_str().unwrap()).await;
        }
        country
    }

    /// Granted at once where the rules allow it, else by the bureau with numbers that it names.
    async fn quota(&self, seller: &str) {
        let (actor, month) = (&self.parties[seller], self.platform.now().month());
        let body = json!({ "month": month.to_string(), "amount": 30_000_000, "count": 20 });
        let signed = self.platform.sign(actor, "quota.apply", &body.to_string());
        let path = "/v1/quotas";
        let answer = self.platform.submit(path, &signed, None).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        if answer.json()["detail"].as_object().is_some_and(|detail| !detail.contains_key("segment")) {
            let listed =
                self.platform.get("/v1/quotas?limit=200").by(&self.platform.chain.bureau).send().await.ok();
            let granted = listed["data"].as_array().unwrap().iter().filter(|row| row["status"] == "granted");
            let first = 1 + 20 * granted.count();
            let segment = json!({
                "prefix": format!("{:02}119", month.short_year()), "first": first, "last": first + 19,
            });
            let body = json!({
                "application": signed.id.to_string(), "issuer": seller, "month": month.to_string(),
                "amount": 30_000_000, "count": 20, "segment": segment,
            });
            let bureau = &self.platform.chain.bureau;
            let grant = self.platform.sign(bureau, "quota.grant", &body.to_string());
            let answer = self.platform.submit(&format!("{path}/{}:grant", signed.id), &grant, None).await;
            assert_eq!(answer.status, 201, "{}", answer.body);
        }
    }

    async fn ask(&self, verb: &str, seller: &Actor, draft: &Value) -> Value {
        let path = format!("/v1/invoices:{verb}");
        self.platform.post(&path).by(seller).json(draft.to_string()).send().await.ok()
    }
}

/// The body of a file with a claim key where it needs one, and the digest of what is sealed.
fn whole(country: &Country, file: &Value) -> Value {
    let mut body = file["body"].clone();
    if body["buyer"]["type"] != "enterprise" {
        body["claim_key"] = base64url::encode(ClaimSecret::from_seed(&[3; 32]).key().as_bytes()).into();
    }
    if let Some(sealed) = file.get("sealed") {
        body["sealed_digest"] = country.platform.seal(&sealed.to_string()).digest().to_string().into();
    }
    body
}

/// The same without what follows from the rest.
fn draft(body: &Value) -> Value {
    let mut draft = body.clone();
    for total in ["amount", "tax", "total"] {
        draft.as_object_mut().unwrap().remove(total);
    }
    for line in draft["lines"].as_array_mut().unwrap() {
        let total = line["amount"].as_i64().unwrap() + line["tax"].as_i64().unwrap();
        let line = line.as_object_mut().unwrap();
        line.remove("tax");
        if line["entered"] == "gross" {
            line.remove("amount");
            line.insert("total".to_owned(), total.into());
        }
    }
    draft
}

#[tokio::test(flavor = "multi_thread")]
async fn real_invoices_are_prepared_signed_issued_and_read() {
    let country = Country::start().await;
    let today = country.platform.now().date().to_string();
    let is_law = |file: &Value| file["until"].as_str().is_none_or(|until| today.as_str() <= until);
    for (name, file) in all("invoices").into_iter().filter(|(_, file)| is_law(file)) {
        let seller = &country.parties[file["seller"].as_str().unwrap()];
        let body = whole(&country, &file);
        let prepared = country.ask("prepare", seller, &draft(&body)).await;
        assert_eq!(
            (&prepared["passes"], &prepared["findings"]),
            (&true.into(), &json!([])),
            "{name}: {prepared}"
        );
        let mut expect = body.clone();
        expect["number"] = prepared["body"]["number"].clone();
        assert_eq!(prepared["body"], expect, "{name}");
        let number = expect["number"].as_str().unwrap();
        let signed = country.platform.sign(seller, "invoice.issue", &prepared["body"].to_string());
        let sealed = file.get("sealed").map(|sealed| country.platform.seal(&sealed.to_string()));
        let answer = country.platform.submit("/v1/invoices", &signed, sealed.as_ref()).await;
        assert_eq!(answer.status, 201, "{name}: {}", answer.body);
        let invoice = country.platform.get(&format!("/v1/invoices/{number}")).by(seller).send().await.ok();
        assert_eq!(invoice["content"], expect, "{name}");
        assert_eq!(invoice["transition"], signed.id.to_string(), "{name}");
        assert_eq!(
            invoice["sealed"]["data"],
            file.get("sealed").cloned().unwrap_or_default(),
            "{name}: {invoice}"
        );
        let total = uppercase::read(invoice["total_uppercase"].as_str().unwrap()).unwrap();
        assert_eq!(total.get(), body["total"], "{name}");
    }
    // A sixth invoice of the order of five.
    let (_, file) = all("invoices").into_iter().find(|(name, _)| name.starts_with("35-")).unwrap();
    let seller = &country.parties[file["seller"].as_str().unwrap()];
    let checked = country.ask("check", seller, &whole(&country, &file)).await;
    assert_eq!(checked["refusal"]["code"], "order.full", "{checked}");
    country.platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_foresees_what_the_ledger_refuses() {
    let country = Country::start().await;
    for (name, file) in all("refused") {
        let seller = &country.parties[file["seller"].as_str().unwrap()];
        let body = whole(&country, &file);
        let checked = country.ask("check", seller, &body).await;
        assert_eq!(checked["passes"], false, "{name}: {checked}");
        assert_eq!(checked["refusal"]["code"], file["code"], "{name}: {checked}");
        assert_eq!(checked["refusal"]["errors"][0]["pointer"], file["at"], "{name}: {checked}");
        let steps = checked["trace"].as_array().unwrap();
        let first = steps.iter().find(|step| step["passed"] == false).unwrap();
        assert_eq!(first["refusal"], checked["refusal"], "{name}: the first refused is the decision");
        let prepared = country.ask("prepare", seller, &body).await;
        let sealed = file.get("sealed").map(|sealed| country.platform.seal(&sealed.to_string()));
        let signed = country.platform.sign(seller, "invoice.issue", &prepared["body"].to_string());
        let answer = country.platform.submit("/v1/invoices", &signed, sealed.as_ref()).await;
        let refused = answer.json();
        assert_eq!(answer.code(), (409, file["code"].as_str().unwrap().to_owned()), "{name}: {refused}");
        let (error, foreseen) = (&refused["errors"][0], &checked["refusal"]["errors"][0]);
        assert_eq!(error["pointer"], format!("/body{}", foreseen["pointer"].as_str().unwrap()), "{name}");
        for member in ["code", "detail", "expected", "actual", "rule"] {
            assert_eq!(error.get(member), foreseen.get(member), "{name}: {refused}");
        }
    }
    country.platform.stop().await;
}
