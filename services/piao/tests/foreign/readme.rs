//! The README from its command line to its last program, run as it is printed against the program that it is about.

use std::path::Path;
use std::process::{Command, Stdio};

use super::desk::{Desk, example};
use super::lost_answer::Between;

/// Far longer than all of it takes, in seconds; `timeout` ends what hangs.
const PATIENCE: &str = "180";

/// What both programs import: copied by what is printed before them.
const PARTY: &str = include_str!("../../../../examples/party.py");

/// The blocks of a document in one language, without their fences.
fn blocks(text: &'static str, language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split_once("```").expect("the end of a block").0).collect()
}

/// Runs lines of a shell in a folder, with the program and the Python of the tests before all others, and gives what
/// they printed.
fn shell(desk: &Desk, url: &str, lines: &str) -> String {
    let python = std::env::var("PIAO_TEST_PYTHON")
        .expect("PIAO_TEST_PYTHON is not set: `cargo xtask test` makes one; see CONTRIBUTING.md");
    let folder = |program: &str| Path::new(program).parent().expect("a folder").display().to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{}:{path}", folder(env!("CARGO_BIN_EXE_piao")), folder(&python));
    let mut command = Command::new("timeout");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PIAO_") || name.starts_with("LC_"))
    {
        command.env_remove(name);
    }
    command.args([PATIENCE, "sh", "-e", "-c", lines]).current_dir(desk.path("")).stdin(Stdio::null());
    command.env("PATH", path).env("LANG", "C.UTF-8").env("PIAO_URL", url);
    let ran = command.env("PIAO_STATE_DIR", desk.path("state")).output().expect("a shell");
    let (printed, complaint) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{lines}\n{printed}\n{complaint}");
    printed.into_owned()
}

fn check(text: &'static str) {
    let mut desk = Desk::new();
    let server = desk.serve();
    let examples = Path::new(&example("parties.json")).parent().expect("a folder").to_owned();
    std::os::unix::fs::symlink(examples, desk.path("examples")).expect("a link");
    let [by_hand, before] = blocks(text, "sh")[..] else { panic!("two blocks of commands") };
    let [merchant, finance] = blocks(text, "python")[..] else { panic!("two programs") };
    for (name, program) in [("merchant.py", merchant), ("finance.py", finance)] {
        assert!(program.starts_with(&format!("# {name}")), "{program}");
        assert!(program.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).count() <= 20);
        desk.write(name, program);
    }

    // The second block goes on where the first one ended, with its variables.
    let issue = format!("{by_hand}\n{before}\npython3 merchant.py");
    let printed = shell(&desk, &server.url, &issue);
    assert!(desk.path("settled.piao-proof.json").exists(), "{printed}");
    let number = printed.lines().last().expect("a number").to_owned();
    assert!(number.len() == 20 && number.bytes().all(|byte| byte.is_ascii_digit()), "{printed}");

    // The answer to the first lock is lost on the way, and the client waits for less long than is printed.
    assert_eq!(PARTY.matches("timeout=40").count(), 1);
    desk.write("party.py", &PARTY.replace("timeout=40", "timeout=2"));
    let between = Between::start(&server.url, "POST /v1/locks ");
    let settle = format!("export PIAO_CHAIN={}\npython3 finance.py {number}", server.chain);
    let printed = shell(&desk, &between.url, &settle);
    assert!(printed.contains("'outcome': 'accepted'"), "{printed}");
    let sent = between.seen();
    assert!(
        sent.len() >= 2 && sent.iter().all(|body| *body == sent[0]),
        "one transition, sent again: {sent:?}"
    );
    assert_eq!(kept(&desk), 0);

    // A key that nobody registers may be registered at any moment: that is waited for, but not for ever.
    assert_eq!(PARTY.matches("+ 120").count(), 1);
    desk.write("party.py", &PARTY.replace("+ 120", "+ 2"));
    desk.write("stranger.py", STRANGER);
    let asked = format!("export PIAO_CHAIN={}\n! python3 stranger.py 2>&1", server.chain);
    let printed = shell(&desk, &server.url, &asked);
    assert!(
        printed.contains("quota.apply: undecided, kept in ") && printed.contains("unknown_key"),
        "{printed}"
    );
    assert_eq!(kept(&desk), 1, "what may still be decided is not thrown away");
    server.stop();
}

/// Signs for an enterprise with a key that is not its.
const STRANGER: &str = r#"
from jwcrypto import jwk
from party import submit
key = jwk.JWK.generate(kty="EC", crv="P-256")
submit("uscc:914403006188392540", key, "/v1/quotas", "quota.apply", {"month": "2026-01", "amount": 1, "count": 1})
"#;

/// How many transitions lie in their files.
fn kept(desk: &Desk) -> usize {
    let left = std::fs::read_dir(desk.path("")).expect("the folder").flatten();
    left.filter(|file| file.path().extension().is_some_and(|end| end == "jws")).count()
}

#[test]
fn both_readmes_have_the_same_programs_but_for_comments() {
    let code = |text, language| {
        let lines = blocks(text, language).into_iter().flat_map(str::lines);
        let lines = lines.map(|line| line.split_once("  # ").map_or(line, |(code, _)| code).trim_end());
        lines.filter(|line| !line.starts_with("# ")).collect::<Vec<_>>()
    };
    let [english, chinese] =
        [include_str!("../../../../README.md"), include_str!("../../../../README.zh.md")];
    for language in ["sh", "python"] {
        assert_eq!(code(english, language), code(chinese, language));
    }
}

#[test]
fn the_english_readme_runs_as_it_is_printed() {
    check(include_str!("../../../../README.md"));
}

#[test]
fn the_chinese_readme_runs_as_it_is_printed() {
    check(include_str!("../../../../README.zh.md"));
}
