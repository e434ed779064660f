use piao_protocol::encoding::hex;

use crate::clock::Random;

/// Where a request stands in a trace (W3C Trace Context).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: [u8; 16],
    span_id: [u8; 8],
    sampled: bool,
}

impl TraceContext {
    /// A span of ours in the caller's trace, or in a new one where `traceparent` is missing or wrong.
    #[must_use]
    pub fn of(traceparent: Option<&str>, random: &dyn Random) -> Self {
        let mut drawn = [0_u8; 24];
        random.fill(&mut drawn);
        let mut context = Self { trace_id: [0; 16], span_id: [0; 8], sampled: true };
        context.trace_id.copy_from_slice(&drawn[..16]);
        context.span_id.copy_from_slice(&drawn[16..]);
        if let Some((trace_id, sampled)) = traceparent.and_then(parse) {
            context.trace_id = trace_id;
            context.sampled = sampled;
        }
        context
    }

    /// The trace's id: 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> String {
        hex::encode(&self.trace_id)
    }

    /// The header for whoever is next.
    #[must_use]
    pub fn traceparent(&self) -> String {
        format!("00-{}-{}-0{}", self.trace_id(), hex::encode(&self.span_id), u8::from(self.sampled))
    }
}

/// Reads `00-<trace>-<parent>-<flags>`; all zeros name nothing (W3C Trace Context §3.2.2).
fn parse(header: &str) -> Option<([u8; 16], bool)> {
    let mut parts = header.trim().split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if version != "00" || parts.next().is_some() {
        return None;
    }
    let trace: [u8; 16] = hex::decode_array(trace).ok()?;
    let parent: [u8; 8] = hex::decode_array(parent).ok()?;
    let [flags]: [u8; 1] = hex::decode_array(flags).ok()?;
    (trace != [0; 16] && parent != [0; 8]).then_some((trace, flags & 1 == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sevens;

    impl Random for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn check(header: Option<&str>, expect: &str) {
        assert_eq!(TraceContext::of(header, &Sevens).traceparent(), expect, "{header:?}");
    }

    #[test]
    fn a_trace_is_continued_and_a_wrong_one_begun_anew() {
        let given = "4bf92f3577b34da6a3ce929d0e0e4736";
        let fresh = "00-07070707070707070707070707070707-0707070707070707-01";
        check(None, fresh);
        check(Some(&format!("00-{given}-00f067aa0ba902b7-01")), &format!("00-{given}-0707070707070707-01"));
        check(Some(&format!("00-{given}-00f067aa0ba902b7-00")), &format!("00-{given}-0707070707070707-00"));
        check(Some(&format!("01-{given}-00f067aa0ba902b7-01")), fresh);
        check(Some(&format!("00-{given}-0000000000000000-01")), fresh);
        check(Some("00-00000000000000000000000000000000-00f067aa0ba902b7-01"), fresh);
        check(Some(&format!("00-{}-00f067aa0ba902b7-01", given.to_uppercase())), fresh);
        check(Some("nonsense"), fresh);
        check(Some(""), fresh);
    }
}
