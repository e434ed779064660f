use actix_web::{HttpResponse, get, web};
use piao_edge::caller::Role;
use piao_edge::http::{Head, ReadProblems};
use piao_edge::problem::{Problem, form};

use super::described::BlockBody;
use super::{LedgerState, fault};

/// Read one block with its transitions: for nodes and bureaus, since transitions are confidential.
#[utoipa::path(
    tag = "ledger",
    params(("height" = u64, Path, description = "Its height; 0 is the genesis block")),
    responses(
        (status = 200, description = "The block's export line, canonical JSON (protocol §5)", body = BlockBody),
        ReadProblems
    )
)]
#[get("/v1/blocks/{height}")]
pub(super) async fn get_block(
    state: web::Data<LedgerState>,
    head: Head,
    height: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    state.edge.caller(&head).await?.only(&[Role::Node, Role::Bureau])?;
    let height = whole_number(&height).ok_or_else(|| Problem::form("height", form::HEIGHT))?;
    let found = state.chain.blocks(height, 1).await.map_err(fault("reading a block"))?;
    let line = found.into_iter().next().ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().content_type("application/json").body(line))
}

/// A number as JSON would write it, so that each block, and each entry, has one URL. Beyond what a chain can have the
/// last number stands for all: nothing is there.
pub(super) fn whole_number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = digits && (text == "0" || !text.starts_with('0'));
    canonical.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::whole_number;

    #[test]
    fn a_place_is_written_in_one_way() {
        let check = |text: &str, expect: Option<u64>| assert_eq!(whole_number(text), expect, "{text}");
        check("0", Some(0));
        check("812", Some(812));
        check("18446744073709551615", Some(u64::MAX));
        check("18446744073709551616", Some(u64::MAX));
        check("00", None);
        check("012", None);
        check("+1", None);
        check("-1", None);
        check("1.0", None);
        check("", None);
    }
}
