use piao_testkit::actor::Actor;
use piao_testkit::body;
use serde_json::Value;

use crate::support::World;

async fn read(world: &World, number: &str, caller: &Actor) -> Value {
    world.get(&format!("/v1/invoices/{number}")).by(caller).send().await.ok()
}

/// What a caller may do, and of the invoice's axes: claim, reimbursement, booking.
async fn check(world: &World, number: &str, caller: &Actor, axes: [&str; 3], actions: &[&str]) {
    let invoice = read(world, number, caller).await;
    let state = |axis: &str| invoice["axes"][axis]["state"].as_str().unwrap().to_owned();
    assert_eq!([state("claim"), state("reimbursement"), state("booking")], axes, "{invoice}");
    assert_eq!(invoice["allowed_actions"], Value::from(actions), "{}: {invoice}", caller.party);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_shows_where_it_stands_and_what_comes_next() {
    let world = World::start().await;
    world.quota(10).await;
    let (number, secret) = world.issue(1).await;
    let free = ["unclaimed", "free", "01"];
    check(&world, &number, &world.seller, free, &[]).await;
    check(&world, &number, &world.chain.bureau, free, &[]).await;
    world.claim(&number, &secret, &world.person).await;
    let claimed = ["claimed", "free", "01"];
    check(&world, &number, &world.person, claimed, &["claim.present"]).await;
    for enterprise in [&world.buyer, &world.other] {
        world.accept(&world.person, "claim.present", &body::present(&number, enterprise)).await;
    }
    check(&world, &number, &world.buyer, claimed, &["reimbursement.lock"]).await;
    check(&world, &number, &world.person, claimed, &["claim.present", "claim.withdraw"]).await;
    let lock = world.accept(&world.buyer, "reimbursement.lock", &body::lock(&number, "BX-1")).await;
    world.refuse(&world.other, "reimbursement.lock", &body::lock(&number, "BX-2"), "lock.exists").await;
    let locked = ["claimed", "locked", "01"];
    let uses = ["reimbursement.renew", "reimbursement.release", "booking.book"];
    check(&world, &number, &world.buyer, locked, &uses).await;
    check(&world, &number, &world.other, locked, &[]).await;
    check(&world, &number, &world.chain.bureau, locked, &["reimbursement.force_release"]).await;
    world.accept(&world.buyer, "booking.book", &body::book(&number)).await;
    let booked = ["claimed", "locked", "02"];
    let uses = ["reimbursement.renew", "reimbursement.release", "booking.unbook", "reimbursement.settle"];
    check(&world, &number, &world.buyer, booked, &uses).await;
    assert_eq!(read(&world, &number, &world.buyer).await["terminal"], false);
    world.accept(&world.buyer, "reimbursement.settle", &body::use_lock(&number, &lock.id, 1)).await;
    check(&world, &number, &world.buyer, ["claimed", "settled", "02"], &["booking.unbook"]).await;
    let settled = read(&world, &number, &world.buyer).await;
    assert_eq!((&settled["terminal"], &settled["version"]), (&true.into(), &7.into()), "{settled}");
    assert_eq!(settled["total_uppercase"], "壹佰零陆圆整");
    assert_eq!(settled["content"]["lines"][0]["item"], "*信息技术服务*软件服务");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_who_else_reimburses() {
    let world = World::start().await;
    world.quota(10).await;
    let (number, secret) = world.issue(1).await;
    world.claim(&number, &secret, &world.person).await;
    for enterprise in [&world.buyer, &world.other] {
        world.accept(&world.person, "claim.present", &body::present(&number, enterprise)).await;
    }
    world.accept(&world.buyer, "reimbursement.lock", &body::lock(&number, "BX-1")).await;
    world.refuse(&world.other, "reimbursement.lock", &body::lock(&number, "BX-2"), "lock.exists").await;
    let secret = world.buyer.party.to_string();
    // Caller, whether it learns who locked, whether it learns who holds, how many entries of the history it sees.
    for (caller, locker, holder, entries) in [
        (&world.chain.bureau, true, true, 6),
        (&world.person, true, true, 5),
        (&world.buyer, true, true, 5),
        (&world.other, false, true, 6),
        (&world.seller, false, false, 5),
    ] {
        let invoice = read(&world, &number, caller).await.to_string();
        assert_eq!(invoice.contains(&secret), locker, "{}: {invoice}", caller.party);
        assert_eq!(invoice.contains(&world.person.party.to_string()), holder, "{}: {invoice}", caller.party);
        let history = world.get(&format!("/v1/invoices/{number}/history")).by(caller).send().await.ok();
        assert_eq!(history["data"].as_array().unwrap().len(), entries, "{}: {history}", caller.party);
        assert_eq!(history["data"], one_by_one(&world, &number, caller).await, "{}", caller.party);
        assert_eq!(history.to_string().contains(&secret), locker, "{}: {history}", caller.party);
    }
    world.stop().await;
}

/// An invoice's history, a page an entry.
async fn one_by_one(world: &World, number: &str, caller: &Actor) -> Value {
    let (mut entries, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/invoices/{number}/history?limit=1{cursor}");
        let page = world.get(&path).by(caller).send().await.ok();
        entries.extend(page["data"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return entries.into(),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_locked_an_invoice_finds_it_after_its_holder_withdrew_it() {
    let world = World::start().await;
    world.quota(10).await;
    let mut numbers = Vec::new();
    for sequence in 1..=2 {
        let (number, secret) = world.issue(sequence).await;
        world.claim(&number, &secret, &world.person).await;
        world.accept(&world.person, "claim.present", &body::present(&number, &world.other)).await;
        for turn in 1..=2 {
            let lock = body::lock(&number, &format!("BX-{turn}"));
            let lock = world.accept(&world.other, "reimbursement.lock", &lock).await.id;
            let release = body::use_lock(&number, &lock, turn);
            world.accept(&world.other, "reimbursement.release", &release).await;
        }
        world.accept(&world.person, "claim.withdraw", &body::present(&number, &world.other)).await;
        numbers.push(Value::from(number));
    }
    for (query, expect) in [("", &numbers[..]), ("role=reimburser", &numbers), ("role=presented", &[])] {
        let list = world.get(&format!("/v1/invoices?{query}")).by(&world.other).send().await.ok();
        let found: Vec<_> =
            list["data"].as_array().unwrap().iter().map(|row| row["number"].clone()).collect();
        assert_eq!(found, expect, "{query}");
    }
    // Two locks of one invoice are one row: the page goes on where it ends.
    let first = world.get("/v1/invoices?role=reimburser&limit=1").by(&world.other).send().await.ok();
    let next = first["next"].as_str().unwrap();
    let second = format!("/v1/invoices?role=reimburser&limit=1&cursor={next}");
    let second = world.get(&second).by(&world.other).send().await.ok();
    assert_eq!((&first["data"][0]["number"], &second["data"][0]["number"]), (&numbers[0], &numbers[1]));
    assert_eq!(second["next"], Value::Null);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_hold_what_concerns_the_caller() {
    let world = World::start().await;
    world.quota(10).await;
    let month = world.now().month();
    for sequence in 1..=3 {
        let issue = body::issue(&world.number(sequence), Some(&world.buyer), None);
        world.accept(&world.seller, "invoice.issue", &issue).await;
    }
    let (fourth, secret) = world.issue(4).await;
    world.claim(&fourth, &secret, &world.person).await;
    world.accept(&world.person, "claim.present", &body::present(&fourth, &world.other)).await;
    world.accept(&world.buyer, "claim.take", &body::take(&world.number(2), None)).await;
    let prefix = &world.number(4)[..20];
    for (caller, query, expect) in [
        (&world.seller, String::new(), &[1, 2, 3, 4][..]),
        (&world.seller, "?role=buyer".to_owned(), &[]),
        (&world.buyer, String::new(), &[1, 2, 3]),
        (&world.buyer, "?role=holder".to_owned(), &[2]),
        (&world.other, "?role=presented".to_owned(), &[4]),
        (&world.person, String::new(), &[4]),
        (&world.stranger, String::new(), &[]),
        (&world.chain.bureau, format!("?month={month}"), &[1, 2, 3, 4]),
        (&world.chain.bureau, format!("?month={}", month.next()), &[]),
        (&world.chain.bureau, format!("?number={prefix}"), &[4]),
        (&world.chain.bureau, "?number=99".to_owned(), &[]),
    ] {
        let list = world.get(&format!("/v1/invoices{query}")).by(caller).send().await.ok();
        let numbers: Vec<_> =
            list["data"].as_array().unwrap().iter().map(|row| row["number"].clone()).collect();
        let expect: Vec<_> = expect.iter().map(|sequence| Value::from(world.number(*sequence))).collect();
        assert_eq!(numbers, expect, "{} {query}", caller.party);
    }
    let first = world.get("/v1/invoices?limit=3").by(&world.seller).send().await.ok();
    let next = first["next"].as_str().unwrap().to_owned();
    let second =
        world.get(&format!("/v1/invoices?limit=3&cursor={next}")).by(&world.seller).send().await.ok();
    assert_eq!((second["data"].as_array().unwrap().len(), &second["next"]), (1, &Value::Null));
    for (query, pointer) in
        [("role=owner", "?role"), ("month=2026-13", "?month"), ("number=x", "?number"), ("limit=0", "?limit")]
    {
        let answer = world.get(&format!("/v1/invoices?{query}")).by(&world.seller).send().await;
        assert_eq!(answer.code(), (422, "schema".to_owned()), "{query}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_number_is_told_to_its_issuer_alone() {
    let world = World::start().await;
    world.quota(10).await;
    let issue = body::issue(&world.number(1), Some(&world.buyer), None);
    let issued = world.accept(&world.seller, "invoice.issue", &issue).await.id.to_string();
    for (caller, code, told) in
        [(&world.seller, "number.used", true), (&world.other, "number.outside_segment", false)]
    {
        let checked = world.post("/v1/invoices:check").by(caller).json(issue.clone()).send().await.ok();
        assert_eq!(checked["refusal"]["code"], code, "{checked}");
        assert_eq!(checked.to_string().contains(&issued), told, "{checked}");
    }
    world.stop().await;
}
