//! What the ledger answers over HTTP: transitions of any type, and the chain to whoever may read which part of it.

mod audience;
mod described;
mod get_block;
mod get_checkpoint;
mod get_inclusion;
mod get_proof;
mod get_tile;
mod get_transition;
mod list_blocks;
mod submit_transition;

use std::sync::Arc;

use actix_web::web;
use piao_domain::command::Kind;
use piao_edge::http::Configure;
use piao_edge::problem::Problem;
use piao_edge::service::{Edge, Service};
use piao_store::StoreError;
use utoipa_actix_web::AppExt as _;

use crate::{ChainReader, LedgerError};

/// The schema of the ledger's own edge: the journal of what is posted to it directly, and the keys of callers. It is a
/// follower like any other; nothing that the ledger decides by is in it.
pub const GATEWAY: &str = "gateway";

/// The ledger's own edge.
///
/// # Errors
/// Never: its name is well formed.
pub fn gateway() -> Result<Service, StoreError> {
    Ok(Service::new(GATEWAY, Kind::ALL)?.keep_own())
}

/// Brings the gateway's schema up to date. With the embedded database, before the pool is opened.
///
/// # Errors
/// [`StoreError`].
pub async fn migrate_gateway(url: &str) -> Result<(), StoreError> {
    piao_edge::migrations::migrate(url, gateway()?.schema(), []).await
}

pub(crate) struct LedgerState {
    pub(crate) edge: Edge,
    pub(crate) chain: ChainReader,
}

/// The ledger's endpoints.
#[must_use]
pub fn configure(edge: Edge, chain: ChainReader) -> Configure {
    let state = web::Data::new(LedgerState { edge, chain });
    Arc::new(move |config| {
        config
            .app_data(state.clone())
            .service(submit_transition::submit_transition)
            .service(get_proof::get_proof)
            .service(get_transition::get_transition)
            .service(get_block::get_block)
            .service(list_blocks::list_blocks)
            .service(get_checkpoint::get_checkpoint)
            .service(get_inclusion::get_inclusion)
            .service(get_tile::get_tile);
    })
}

/// The ledger's OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let app = actix_web::App::new().into_utoipa_app().configure(|config| {
        config
            .service(submit_transition::submit_transition)
            .service(get_proof::get_proof)
            .service(get_transition::get_transition)
            .service(get_block::get_block)
            .service(list_blocks::list_blocks)
            .service(get_checkpoint::get_checkpoint)
            .service(get_inclusion::get_inclusion)
            .service(get_tile::get_tile);
    });
    piao_edge::http::named(app.split_for_parts().1, "piao ledger")
}

/// A ledger that could not be read: a fault, whose cause is logged and not shown.
fn fault(doing: &'static str) -> impl FnOnce(LedgerError) -> Problem {
    move |error| match error {
        LedgerError::Store(error) => Problem::from(error),
        error => Problem::internal(doing, error),
    }
}
