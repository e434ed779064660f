//! Something between client and services that loses one answer.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Passes requests on. The first whose line begins in a certain way arrives, and its answer never does.
pub(crate) struct Between {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Between {
    /// Begins to pass on, as long as the process lives.
    pub(crate) fn start(upstream: &str, loses: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let upstream = upstream.strip_prefix("http://").expect("http").to_owned();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let bodies = Arc::clone(&seen);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (upstream, bodies) = (upstream.clone(), Arc::clone(&bodies));
                std::thread::spawn(move || pass(client, &upstream, loses, &bodies));
            }
        });
        Self { url, seen }
    }

    /// The bodies of the requests that begin so, in order.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("no thread fails").clone()
    }
}

/// One request of one connection, and its answer.
fn pass(mut client: TcpStream, upstream: &str, loses: &str, seen: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(client.try_clone().expect("a socket"));
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        if lower.starts_with("connection:") {
            continue;
        }
        if line == "\r\n" {
            // So that the answer ends where the connection does.
            head.push_str("Connection: close\r\n\r\n");
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let mut server = TcpStream::connect(upstream).expect("the services");
    server.write_all(head.as_bytes()).and_then(|()| server.write_all(&body)).expect("a request");
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).expect("an answer");
    if head.starts_with(loses) {
        let mut seen = seen.lock().expect("no thread fails");
        seen.push(String::from_utf8(body).expect("text"));
        if seen.len() == 1 {
            drop(seen);
            // Until the client has had enough.
            std::io::copy(&mut reader, &mut std::io::sink()).ok();
            return;
        }
    }
    // A client that has gone has had enough, too.
    client.write_all(&answer).ok();
}
