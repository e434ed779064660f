use piao_testkit::body;
use piao_testkit::platform::table::{self, every_operation_has_a_row};

use crate::support::{ROLES, Roles, World};

type Row = table::Row<ROLES>;

/// What the holder alone may sign: what every other enterprise and person is answered.
const fn by_holder(other: &'static str) -> [&'static str; ROLES] {
    let no = "409 role.forbidden";
    [no, other, other, other, other, other, "201", other, no, "401 unknown_party"]
}

async fn rows(world: &World) -> Vec<Row> {
    let bearer = world.issue_to_bearer(1).await;
    let proof = world.proof(&bearer, &world.parties.holder);
    let Roles { presented: asked, owner, .. } = &world.parties;
    let held = world.presented(2, &[owner]).await;
    world.accept(owner, "reimbursement.lock", &body::lock(&held, "BX-1")).await;
    let presented = world.presented(3, &[asked]).await;
    let not_holder = by_holder("409 claim.not_holder");
    let (no, no_token) = ("403 forbidden", "401 unauthorized");
    vec![
        Row::write(
            "POST /v1/claims",
            "/v1/claims",
            "claim.take",
            body::take(&bearer, Some(&proof)),
            // The proof is the holder's alone.
            by_holder("409 claim.proof"),
        ),
        Row::write(
            "POST /v1/invoices/{number}/presentations",
            format!("/v1/invoices/{held}/presentations"),
            "claim.present",
            body::present(&held, asked),
            not_holder,
        ),
        Row::write(
            "POST /v1/invoices/{number}/presentations/{party}:withdraw",
            format!("/v1/invoices/{presented}/presentations/{}:withdraw", asked.party),
            "claim.withdraw",
            body::present(&presented, asked),
            not_holder,
        ),
        Row::read(
            "GET /v1/claims",
            "/v1/claims",
            [no, "200", "200", "200", "200", "200", "200", "200", no, no_token],
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_every_role_as_it_should() {
    let world = crate::world().await;
    let rows = rows(&world).await;
    every_operation_has_a_row(&piao_claims::openapi(), &rows);
    world.platform.check_table(world.roles(), &rows).await;
    world.stop().await;
}
