use piao_testkit::body;
use piao_testkit::platform::table::{self, every_operation_has_a_row};

use crate::support::ROLES;
use crate::support::World;

type Row = table::Row<ROLES>;

const FORBIDDEN: &str = "409 role.forbidden";

async fn rows(world: &World) -> Vec<Row> {
    let bearer = world.issue_to_bearer(1).await;
    let proof = world.proof(&bearer, &world.parties.holder);
    let buyer = &world.parties.buyer;
    let held = world.presented(2, &[]).await;
    let presented = world.presented(3, &[buyer]).await;
    let not_holder = [
        FORBIDDEN,
        "409 claim.not_holder",
        "409 claim.not_holder",
        "409 claim.not_holder",
        "201",
        "409 claim.not_holder",
        FORBIDDEN,
        "401 unknown_party",
    ];
    vec![
        Row::write(
            "POST /v1/claims",
            "/v1/claims",
            "claim.take",
            body::take(&bearer, Some(&proof)),
            // The proof is the holder's alone.
            [
                FORBIDDEN,
                "409 claim.proof",
                "409 claim.proof",
                "409 claim.proof",
                "201",
                "409 claim.proof",
                FORBIDDEN,
                "401 unknown_party",
            ],
        ),
        Row::write(
            "POST /v1/invoices/{number}/presentations",
            format!("/v1/invoices/{held}/presentations"),
            "claim.present",
            body::present(&held, buyer),
            not_holder,
        ),
        Row::write(
            "POST /v1/invoices/{number}/presentations/{party}:withdraw",
            format!("/v1/invoices/{presented}/presentations/{}:withdraw", buyer.party),
            "claim.withdraw",
            body::present(&presented, buyer),
            not_holder,
        ),
        Row::read(
            "GET /v1/claims",
            "/v1/claims",
            ["403 forbidden", "200", "200", "200", "200", "200", "403 forbidden", "401 unauthorized"],
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
