use piao_testkit::body;
use serde_json::Value;

use crate::support::World;

fn draft(world: &World) -> String {
    let issue = body::issue(&world.number(1), Some(&world.buyer), None);
    let mut draft: Value = serde_json::from_str(&issue).unwrap();
    draft.as_object_mut().unwrap().remove("number");
    draft.to_string()
}

async fn prepare(world: &World) -> Value {
    world.post("/v1/invoices:prepare").by(&world.seller).json(draft(world)).send().await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_free_number_is_prepared_until_none_is_left() {
    let world = World::start().await;
    world.quota(3).await;
    world.quota(3).await;
    // Which numbers are used, and which is next: upwards, then what was left out, then the next segment.
    for (used, expect) in [(None, 1), (Some(1), 2), (Some(3), 2), (Some(2), 4), (Some(6), 4), (Some(5), 4)] {
        if let Some(used) = used {
            let issue = body::issue(&world.number(used), Some(&world.buyer), None);
            world.accept(&world.seller, "invoice.issue", &issue).await;
        }
        let prepared = prepare(&world).await;
        assert_eq!(prepared["body"]["number"], world.number(expect), "{prepared}");
        assert_eq!((&prepared["passes"], &prepared["number_reserved"]), (&true.into(), &false.into()));
        assert!(prepared["filled"].as_array().unwrap().contains(&"/number".into()), "{prepared}");
    }
    let issue = body::issue(&world.number(4), Some(&world.buyer), None);
    world.accept(&world.seller, "invoice.issue", &issue).await;
    let prepared = prepare(&world).await;
    assert_eq!((&prepared["body"], &prepared["passes"]), (&Value::Null, &false.into()), "{prepared}");
    assert_eq!(prepared["refusal"]["code"], "number.outside_segment");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quota_entries_add_up() {
    let world = World::start().await;
    let applied = world.quota(2).await;
    for sequence in 1..=2 {
        world.issue(sequence).await;
    }
    let month = world.now().month();
    let grant = world.accept(&world.seller, "quota.apply", &body::apply(month, 2_000_000)).await;
    let target =
        format!(r#""application":"{}","issuer":"{}","month":"{month}""#, grant.id, world.seller.party);
    let bureau = &world.chain.bureau;
    let (path, id) = (format!("/v1/quotas/{}", grant.id), applied.id.to_string());
    let body = format!(r#"{{{target},"amount":500,"count":7}}"#);
    let wrong = world.submit_as(bureau, &format!("/v1/quotas/{id}:grant"), "quota.grant", &body).await;
    assert_eq!(wrong.code(), (422, "schema".to_owned()));
    assert_eq!(wrong.json()["errors"][0]["pointer"], "/body/application");
    let granted = world.submit_as(bureau, &format!("{path}:grant"), "quota.grant", &body).await;
    assert_eq!(granted.status, 201, "{}", granted.body);
    let body = format!(r#"{{{target},"amount":300,"count":8}}"#);
    let adjusted = world.submit_as(bureau, &format!("{path}:adjust"), "quota.adjust", &body).await;
    assert_eq!(adjusted.status, 201, "{}", adjusted.body);
    let entries = world.get(&format!("/v1/quotas/{id}/entries")).by(&world.seller).send().await.ok();
    let (mut amount, mut count, mut kinds) = (0, 0, Vec::new());
    for entry in entries["data"].as_array().unwrap() {
        amount += entry["amount"].as_i64().unwrap();
        count += entry["count"].as_i64().unwrap();
        kinds.push(entry["kind"].as_str().unwrap());
        let left = (entry["left"]["amount"].as_i64().unwrap(), entry["left"]["count"].as_i64().unwrap());
        assert_eq!(left, (amount, count), "{entry}");
    }
    assert_eq!(kinds, ["granted", "used", "used", "granted", "adjusted"]);
    let listed = world.get("/v1/quotas?status=granted").by(&world.seller).send().await.ok();
    let used: Vec<_> =
        listed["data"].as_array().unwrap().iter().map(|row| &row["segments"][0]["used"]).collect();
    assert_eq!(used, [2, 0]);
    assert_eq!(listed["data"][1]["segments"].as_array().unwrap().len(), 2, "{listed}");
    assert_eq!(listed["data"][0]["month_left"]["count"].as_i64(), Some(count));
    world.stop().await;
}
