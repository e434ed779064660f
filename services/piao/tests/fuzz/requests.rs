//! What a request carries: a submission, a list's parameters, headers.

use actix_web::FromRequest as _;
use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use actix_web::web::Query;
use piao_domain::command::Kind;
use piao_edge::clock::SystemRandom;
use piao_edge::http::{Cursor, Head, LIMIT_MAX, ListQuery, Rate, TraceContext, forwarded_for};
use piao_edge::problem::Language;
use piao_edge::submit::{Submission, parse};

use crate::{LINE_BYTES_MAX, REQUEST_BYTES_MAX, chain, corpus, text};

const MIN_HEIGHT: HeaderName = HeaderName::from_static("piao-min-height");

#[test]
fn a_damaged_submission_is_refused_or_read() {
    let chain = chain();
    corpus("submission", REQUEST_BYTES_MAX).feed(|bytes| {
        // Whatever is no JSON may still be a bare JWS.
        if let Ok(bare) = Submission::parse("application/jose", bytes) {
            parse(bare, &chain, Kind::ALL).ok();
        }
        let Ok(submission) = Submission::parse("application/json", bytes) else { return false };
        parse(submission, &chain, Kind::ALL).is_ok()
    });
}

#[test]
fn damaged_parameters_of_a_list_are_refused_or_within_bounds() {
    corpus("list-query", LINE_BYTES_MAX).feed(|bytes| {
        if let Ok(cursor) = Cursor::parse(text(bytes)) {
            assert_eq!(cursor.text(), text(bytes));
        }
        let Ok(query) = Query::<ListQuery>::from_query(text(bytes)) else { return false };
        let Ok(limit) = query.limit() else { return false };
        assert!((1..=LIMIT_MAX).contains(&limit), "{limit}");
        let Ok(after) = query.after(|key| Ok::<_, ()>(key.to_owned())) else { return false };
        assert!(after.is_none_or(|key| !key.is_empty()));
        true
    });
}

#[test]
fn damaged_headers_are_passed_over_or_read() {
    corpus("request-headers", LINE_BYTES_MAX).feed(|bytes| {
        // A header is one line, and need not be text.
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let names = [HeaderName::from_static("prefer"), ACCEPT_LANGUAGE, MIN_HEIGHT];
        let mut request = TestRequest::default();
        for (name, line) in names.into_iter().zip(&mut lines) {
            let Ok(value) = HeaderValue::from_bytes(line) else { return false };
            request = request.append_header((name, value));
        }
        let request = request.to_http_request();
        let head = Head::from_request(&request, &mut Payload::None).into_inner().unwrap();
        assert!(head.wait().duration().as_secs() <= 30);
        assert!(matches!(head.language(), Language::Chinese | Language::English));
        let said = request.headers().get(MIN_HEIGHT).and_then(|value| value.to_str().ok()).map(str::trim);
        let height = head.min_height();
        if let Ok(Some(height)) = &height {
            assert_eq!(said.map(str::parse), Some(Ok(*height)));
        }
        let trace = TraceContext::of(lines.next().map(text), &SystemRandom);
        let next = TraceContext::of(Some(&trace.traceparent()), &SystemRandom);
        assert_eq!(next.trace_id(), trace.trace_id(), "whoever is next is in the same trace");
        height.is_ok()
    });
}

#[test]
fn damaged_addresses_and_rates_of_limits_are_refused_or_read() {
    corpus("limits", LINE_BYTES_MAX).feed(|bytes| {
        let text = text(bytes);
        let address = forwarded_for(text);
        let last = text.rsplit_once(',').map_or(text, |(_, last)| last);
        assert_eq!(forwarded_for(last), address, "whoever asks writes all but the last, and is not believed");
        if let Some(address) = address {
            assert_eq!(forwarded_for(&address.to_string()), Some(address));
        }
        let rate = Rate::parse(text);
        if rate.is_ok() {
            let counts = text.split('/').map(|count| count.parse::<u32>().unwrap()).collect::<Vec<_>>();
            assert!(matches!(counts[..], [1..=1_000_000, 1..=1_000_000]), "{text}");
        }
        address.is_some() || rate.is_ok()
    });
}
