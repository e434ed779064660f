//! TLS through rustls with *ring*, which needs nothing to build but a C compiler.

/// Makes *ring* this process's provider of cryptography for TLS, unless another is there already. A program built with
/// the feature `tls` calls this before anything in it, this crate or not, builds an HTTP client: `reqwest` would panic.
pub fn install_tls() {
    // The only error says that there is one already, which will do as well.
    drop(rustls::crypto::ring::default_provider().install_default());
}
