//! What needs no services.

use std::os::unix::fs::PermissionsExt as _;

use super::given::Desk;

const CHAIN: &str = "dev-0123456789abcdef0123456789abcdef";

#[test]
fn a_transition_is_signed_without_any_network() {
    let desk = Desk::new();
    desk.piao("key new --person --algorithm es256 --out me.json").ok();
    desk.piao("key new --person --out me.json").ended(2);
    let sign =
        format!("tx sign --type booking.unbook --key me.json --chain {CHAIN} --url http://127.0.0.1:1");
    let body = r#"{"invoice":"26950000000000000001"}"#;
    let jws = desk.piao_with(&format!("{sign} -"), body).ok().stdout;
    assert_eq!(jws.trim().split('.').count(), 3);
    let out = desk.piao_with(&format!("{sign} --out unbook.json -"), body).ok();
    let kept: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(desk.path("unbook.json")).unwrap()).unwrap();
    assert_ne!(kept["transition"], jws.trim());
    // Nothing is overwritten.
    desk.piao_with(&format!("{sign} --out unbook.json -"), body).ended(2);
    // A refused connection: whoever reads it from a file cannot know whether it was sent before.
    for file in ["unbook.json", "-"] {
        let submit = format!("tx submit {file} --chain {CHAIN} --url http://127.0.0.1:1 --wait 1");
        let ran = desk.piao_with(&submit, &jws).ended(6);
        assert!(ran.stderr.contains("outcome unknown") && ran.stderr.contains("piao tx submit"), "{ran:?}");
        let other = submit.replace(CHAIN, "dev-fedcba9876543210fedcba9876543210");
        let ran = desk.piao_with(&other, &jws).ended(2);
        assert!(ran.stderr.contains(CHAIN), "{ran:?}");
    }
    assert!(out.stdout.contains("unbook.json"), "{out:?}");

    let check = |args: &str, stdin: &str| {
        let ran = desk.piao_with(args, stdin).ended(2);
        assert!(!ran.stderr.is_empty() && ran.stdout.is_empty(), "{ran:?}");
    };
    check(&format!("{sign} -"), "{}");
    check(&format!("{sign} -"), r#"{"invoice":"1","invoice":"2"}"#);
    check("tx sign --type booking.eat --key me.json -", body);
    let submit = format!("tx submit - --chain {CHAIN}");
    check(&submit, "");
    check(&submit, "a.b.c");
    check(&submit, r#"{"transition":1}"#);
    check(&submit, &format!(r#"{{"transition":"{}","more":1}}"#, jws.trim()));
    check(&submit, &jws.replacen("ey", "fy", 1));
    check("party get --key me.json --chain x", "");
    check(&format!("party get --key me.json --chain {CHAIN} --url ftp://a"), "");
}

#[test]
fn every_command_helps_with_an_example() {
    let desk = Desk::new();
    for (noun, verbs) in [
        ("tx", "sign submit get"),
        ("party", "register enroll suspend reinstate get list"),
        ("rules", "deploy activate retire binding get list"),
        ("quota", "apply grant adjust refuse list get"),
        ("invoice", "issue get list"),
        ("claim", "take present withdraw list"),
        ("lock", "create renew release settle force-release get list inbox"),
        ("book", "book unbook list"),
        ("proof", "get"),
        ("key", "new show add revoke reset list"),
    ] {
        let whole = desk.piao(&format!("{noun} --help")).ok().stdout;
        for verb in verbs.split(' ') {
            assert!(whole.contains(&format!("\n  {verb} ")), "{noun} {verb}: {whole}");
            let help = desk.piao(&format!("{noun} {verb} --help")).ok().stdout;
            assert!(help.contains("Example"), "{noun} {verb}: {help}");
            let widest = help.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(100), "{noun} {verb} is {widest:?} wide: {help}");
        }
    }
    let alone = "init serve rebuild catch-up demo export audit verify completions man doctor";
    for alone in alone.split(' ') {
        let help = desk.piao(&format!("{alone} --help")).ok().stdout;
        let (_, examples) = help.split_once("Example").unwrap_or_else(|| panic!("{alone}: {help}"));
        let widest = examples.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{alone} is {widest:?} wide: {help}");
    }
    desk.piao("lock").ended(2);
}

#[test]
fn a_chain_is_begun_once_and_its_files_are_its_owner_s() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("there")).unwrap();
    for folder in ["new/deep", "there"] {
        let init = format!("init --dev --out {folder}");
        let begun = desk.piao(&init).ok().stdout;
        if folder == "new/deep" {
            let mode = std::fs::metadata(desk.path(folder)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "a folder that it made");
        }
        let mut files = Vec::new();
        for entry in std::fs::read_dir(desk.path(folder)).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
            files.push(entry.file_name().into_string().unwrap());
        }
        files.sort();
        assert_eq!(files, ["bureau-key.json", "genesis.json", "log-key", "node-key.json", "seal-key"]);
        let again = desk.piao(&init).ended(2);
        assert!(again.stderr.contains("is there already"), "{again:?}");
        assert_eq!(desk.piao(&format!("{init} --if-missing")).ok().stdout, begun);
    }
}

#[test]
fn an_audit_of_what_is_no_export_finds_it_wrong() {
    let desk = Desk::new();
    desk.write("chain.ndjson", "{}\n");
    desk.piao("audit chain.ndjson").ended(1);
    desk.write("chain.ndjson", "");
    desk.piao("audit chain.ndjson").ended(1);
    desk.piao("audit nowhere.ndjson").ended(3);
}
