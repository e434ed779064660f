//! Where the services are.

use reqwest::Url;
use thiserror::Error;

/// A service, by what it answers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Parties and keys.
    Registry,
    /// Rule sets.
    Rules,
    /// Quota and invoices.
    Issuance,
    /// Claims and presentations.
    Claims,
    /// Locks, settlements and bookings.
    Reimbursement,
    /// Transitions of any type, blocks and the log.
    Ledger,
}

/// A text that is no base URL.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} must be {expected}")]
pub struct BadEndpoint {
    /// What was given.
    pub text: String,
    /// What would pass.
    pub expected: &'static str,
}

/// The base URL of every service. One process may serve them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    registry: String,
    rules: String,
    issuance: String,
    claims: String,
    reimbursement: String,
    ledger: String,
}

impl Endpoints {
    /// All services behind one base URL, such as `http://127.0.0.1:8180`.
    ///
    /// # Errors
    /// [`BadEndpoint`] for anything but `http` or `https`, a host and at most a path; `https` needs the feature `tls`.
    pub fn one(base: &str) -> Result<Self, BadEndpoint> {
        let base = base_url(base)?;
        Ok(Self {
            registry: base.clone(),
            rules: base.clone(),
            issuance: base.clone(),
            claims: base.clone(),
            reimbursement: base.clone(),
            ledger: base,
        })
    }

    /// The same, but one service elsewhere.
    ///
    /// # Errors
    /// As [`Endpoints::one`].
    pub fn with(mut self, service: Service, base: &str) -> Result<Self, BadEndpoint> {
        let base = base_url(base)?;
        match service {
            Service::Registry => self.registry = base,
            Service::Rules => self.rules = base,
            Service::Issuance => self.issuance = base,
            Service::Claims => self.claims = base,
            Service::Reimbursement => self.reimbursement = base,
            Service::Ledger => self.ledger = base,
        }
        Ok(self)
    }

    /// The base URL of a service, without a slash at its end.
    #[must_use]
    pub fn base(&self, service: Service) -> &str {
        match service {
            Service::Registry => &self.registry,
            Service::Rules => &self.rules,
            Service::Issuance => &self.issuance,
            Service::Claims => &self.claims,
            Service::Reimbursement => &self.reimbursement,
            Service::Ledger => &self.ledger,
        }
    }
}

fn base_url(text: &str) -> Result<String, BadEndpoint> {
    let refuse = |expected| BadEndpoint { text: text.to_owned(), expected };
    let url = Url::parse(text).map_err(|_| refuse("an absolute URL"))?;
    match url.scheme() {
        "http" => {}
        "https" if cfg!(feature = "tls") => {}
        "https" => return Err(refuse("http, since this program was built without the feature tls")),
        _ => return Err(refuse("http or https")),
    }
    let bare = url.query().is_none() && url.fragment().is_none();
    if url.host().is_none() || !bare || !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("a host and at most a path, without user, query or fragment"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<&str>) {
        let got = Endpoints::one(text);
        assert_eq!(got.as_ref().ok().map(|all| all.base(Service::Ledger)), expect, "{text:?}");
    }

    #[test]
    fn a_base_url_is_scheme_host_and_path() {
        check("http://127.0.0.1:8180", Some("http://127.0.0.1:8180"));
        check("http://127.0.0.1:8180/", Some("http://127.0.0.1:8180"));
        check("http://[::1]:8180/piao/", Some("http://[::1]:8180/piao"));
        for wrong in ["", "127.0.0.1:8180", "ftp://a", "http://", "http://a?b", "http://a#b", "http://u@a"] {
            check(wrong, None);
        }
    }

    #[test]
    fn https_needs_the_feature() {
        let expect = cfg!(feature = "tls").then_some("https://piao.example");
        check("https://piao.example", expect);
    }

    #[test]
    fn one_service_may_be_elsewhere() {
        let all = Endpoints::one("http://a").unwrap().with(Service::Claims, "http://b").unwrap();
        assert_eq!((all.base(Service::Claims), all.base(Service::Rules)), ("http://b", "http://a"));
        assert!(all.with(Service::Claims, "b").is_err());
    }
}
