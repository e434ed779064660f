//! A demo that is told to end in the middle.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use super::given::Desk;

#[test]
fn a_demo_that_is_told_to_end_leaves_no_key_behind() {
    let desk = Desk::new();
    let temporary = desk.path("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_piao"));
    demo.args(["demo", "--language", "en"]).env("TMPDIR", &temporary);
    let mut demo = demo.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("puts them in force")), "it ended before it began");
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 1);
    let told = Command::new("kill").args(["-TERM", &demo.id().to_string()]).status().unwrap();
    assert!(told.success());
    let told_of_the_end = lines.any(|line| line.contains("log root"));
    let ended = demo.wait_with_output().unwrap();
    assert!(!told_of_the_end, "it went on to its end");
    assert_eq!(ended.status.code(), Some(3), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
}
