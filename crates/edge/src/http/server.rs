//! One `HttpServer` per process, on one port.

use std::any::Any;
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Extensions, Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::{App, HttpServer, web};
use socket2::SockRef;
use utoipa_actix_web::AppExt as _;
use utoipa_actix_web::service_config::ServiceConfig;

use super::front::{FrontData, front};
use super::get_transition::{self, Journals};
use super::limits::{Limiter, Limits};
use super::methods::{Addresses, not_taken, query_config};
use super::named;
use super::probes::{self, Document, Probes};
use crate::clock::Random;
use crate::metrics::Metrics;
use crate::service::Edge;

/// Registers a service's endpoints, with `.service` only, and its state as `app_data(web::Data<…>)`.
pub type Configure = Arc<dyn Fn(&mut ServiceConfig<'_>) + Send + Sync>;

/// A service as the server sees it.
#[derive(Clone)]
pub struct HttpServed {
    /// Its edge: readiness.
    pub edge: Edge,
    /// Its endpoints.
    pub configure: Configure,
}

/// How a process serves HTTP.
#[derive(Clone)]
pub struct HttpConfig {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Worker threads, each with a single-threaded runtime.
    pub workers: usize,
    /// The title of the OpenAPI document.
    pub title: String,
    /// How long requests may go on after a stop.
    pub shutdown_seconds: u64,
    /// How much of it one caller may take.
    pub limits: Limits,
}

/// A running server.
#[derive(Debug)]
pub struct HttpHandle {
    /// Where it listens.
    pub address: SocketAddr,
    handle: ServerHandle,
    running: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl HttpHandle {
    /// Takes no more connections, lets running requests end, and returns when all have.
    pub async fn stop(self) {
        self.handle.stop(true).await;
        if let Ok(Err(error)) = self.running.await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the HTTP server ended with an error");
        }
    }

    /// Returns when the server has ended by itself.
    ///
    /// # Errors
    /// What ended it.
    pub async fn ended(&mut self) -> std::io::Result<()> {
        (&mut self.running).await.unwrap_or(Ok(()))
    }
}

/// Connections that a worker may have been handed beyond its part of the bound, kept ones and those about to be closed.
const CONNECTIONS_UNSEEN_MAX: usize = 64;

/// Starts serving. To be called on the main runtime.
///
/// # Errors
/// [`std::io::Error`] where the address cannot be listened at.
pub fn serve(
    config: &HttpConfig,
    services: Vec<HttpServed>,
    metrics: Metrics,
    random: Arc<dyn Random>,
) -> std::io::Result<HttpHandle> {
    let limits = Arc::new(Limiter::new(&config.limits));
    let data = web::Data::new(FrontData { random, metrics: metrics.clone(), limits: Arc::clone(&limits) });
    let title = config.title.clone();
    let edges: Vec<_> = services.iter().map(|service| service.edge.clone()).collect();
    let journals = web::Data::new(Journals::new(edges.clone()));
    let probed = web::Data::new(Probes { edges, metrics });
    let app = move || {
        let mut app = App::new().into_utoipa_app().configure(probes::register);
        for service in &services {
            app = app.configure(|config| (service.configure)(config));
        }
        // Last: of two that take an address the first answers, and the ledger says more than a journal.
        let (app, document) = app.configure(get_transition::register).split_for_parts();
        app.app_data(data.clone())
            .app_data(web::Data::new(Addresses::of(&document)))
            .default_service(web::to(not_taken))
            .app_data(probed.clone())
            .app_data(journals.clone())
            .app_data(query_config())
            .app_data(web::Data::new(Document(named(document, &title))))
            .wrap(from_fn(front))
    };
    let workers = config.workers.max(1);
    let server = HttpServer::new(app)
        // What a busy worker has not looked at yet is open, too: accepting stops before files run out.
        .max_connections(config.limits.connections_max / workers + CONNECTIONS_UNSEEN_MAX)
        .on_connect(move |connection, kept| hold(&limits, connection, kept))
        .workers(workers)
        .client_request_timeout(Duration::from_secs(10))
        .client_disconnect_timeout(Duration::from_secs(5))
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(config.shutdown_seconds)
        .disable_signals()
        .bind(config.listen)?;
    let address = server.addrs().first().copied().unwrap_or(config.listen);
    let server: Server = server.run();
    let handle = server.handle();
    Ok(HttpHandle { address, handle, running: tokio::spawn(server) })
}

/// Holds a place for a connection as long as it is open, or closes it where there is none: each is a file of the process,
/// and a process without files left cannot even see its commits onto the disk.
fn hold(limits: &Limiter, connection: &dyn Any, kept: &mut Extensions) {
    let Some(stream) = connection.downcast_ref::<TcpStream>() else { return };
    // Without a peer it is closed already.
    let place = stream.peer_addr().ok().and_then(|peer| limits.connect(peer.ip()));
    match place {
        Some(place) => {
            kept.insert(place);
        }
        // The other end may be gone before us, which comes to the same.
        None => drop(SockRef::from(stream).shutdown(Shutdown::Both)),
    }
}
