//! Transitions as bus commands.

use std::sync::Arc;

use bytes::Bytes;
use piao_bus::Command;

/// Puts compact JWS texts into as few commands as fit, each their texts joined by line feeds (a compact JWS holds
/// none). A text that alone is larger than `bytes_max` still gets its command: the bus says what it does not carry.
pub(super) fn commands(texts: &[Arc<str>], bytes_max: usize) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut body = Vec::new();
    let mut transitions = 0;
    for text in texts {
        if transitions > 0 && body.len() + 1 + text.len() > bytes_max {
            commands.push(Command { body: Bytes::from(std::mem::take(&mut body)), transitions });
            transitions = 0;
        }
        if transitions > 0 {
            body.push(b'\n');
        }
        body.extend_from_slice(text.as_bytes());
        transitions += 1;
    }
    if transitions > 0 {
        commands.push(Command { body: Bytes::from(body), transitions });
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(texts: &[&str], bytes_max: usize, expect: &[(&str, u32)]) {
        let texts: Vec<Arc<str>> = texts.iter().map(|text| Arc::from(*text)).collect();
        let got = commands(&texts, bytes_max);
        let got: Vec<_> = got
            .iter()
            .map(|command| (std::str::from_utf8(&command.body).unwrap(), command.transitions))
            .collect();
        assert_eq!(got, expect);
    }

    #[test]
    fn texts_share_a_command_as_far_as_they_fit() {
        check(&[], 5, &[]);
        check(&["a.b.c"], 5, &[("a.b.c", 1)]);
        check(&["aa", "bb"], 5, &[("aa\nbb", 2)]);
        check(&["aa", "bbb"], 5, &[("aa", 1), ("bbb", 1)]);
        check(&["aaaaaaaa", "b"], 5, &[("aaaaaaaa", 1), ("b", 1)]);
        check(&["a", "b", "c", "d"], 5, &[("a\nb\nc", 3), ("d", 1)]);
    }
}
