//! What shells and `man` are given.

use super::given::Desk;

#[test]
fn every_command_completes_and_has_a_page() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = desk.piao(&format!("completions {shell}")).ok().stdout;
        for word in ["force-release", "claim-ref", "ndjson"] {
            assert!(script.contains(word), "{shell} without {word}");
        }
    }
    desk.piao("completions tcsh").ended(2);
    desk.piao("man pages/man1").ok();
    desk.piao("man pages/man1").ok();
    let page = |name: &str| std::fs::read_to_string(desk.path("pages/man1").join(name)).unwrap();
    assert!(page("piao.1").contains("piao\\-lock(1)"), "{}", page("piao.1"));
    assert!(page("piao-lock-settle.1").contains("piao lock settle"), "{}", page("piao-lock-settle.1"));
}
