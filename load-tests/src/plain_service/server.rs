//! The service itself, in a process of its own.

use std::net::SocketAddr;

use actix_web::{App, HttpResponse, HttpServer, web};
use piao_domain::time::Time;

use super::LISTEN;
use super::signed::Keys;
use super::store::{Decided, Store};
use crate::cast::Cast;
use crate::failure::Failure;
use crate::ground::DATABASE;

/// Seconds that connections have to end by themselves when the service is told to.
const SHUTDOWN_SECONDS: u64 = 1;

struct Service {
    keys: Keys,
    store: Store,
}

/// Runs until it is told to end.
pub(crate) async fn run(at: Time) -> Result<(), Failure> {
    let given = |name: &str| std::env::var(name).map_err(Failure::doing(format!("reading {name}")));
    let address: SocketAddr = given(LISTEN)?.parse().map_err(Failure::doing("reading an address"))?;
    let keys = Keys::of(&Cast::new(at)?.enterprises)?;
    let service = web::Data::new(Service { keys, store: Store::connect(&given(DATABASE)?).await? });
    let server =
        HttpServer::new(move || App::new().app_data(service.clone()).default_service(web::post().to(submit)));
    let server = server.shutdown_timeout(SHUTDOWN_SECONDS).bind(address);
    server.map_err(Failure::doing("listening"))?.run().await.map_err(Failure::doing("running the service"))
}

/// 201 committed, 401 not signed by anybody known, 409 refused.
async fn submit(service: web::Data<Service>, body: web::Bytes) -> HttpResponse {
    let signed = std::str::from_utf8(&body).ok().and_then(|jws| service.keys.verify(jws));
    let Some(signed) = signed else { return HttpResponse::Unauthorized().finish() };
    match service.store.commit(&signed).await {
        Ok(Decided::Accepted) => HttpResponse::Created().content_type("application/json").body("{}"),
        Ok(Decided::Refused) => HttpResponse::Conflict().finish(),
        Err(failure) => HttpResponse::InternalServerError().body(failure.whole()),
    }
}
