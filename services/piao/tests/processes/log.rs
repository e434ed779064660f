//! What a process writes into its log, however much it is asked for.

use super::installation::Installation;

const GROUP: &[&str] = &["ledger", "registry"];

/// The password of a URL.
fn password(url: &str) -> String {
    let (user, _) = url.rsplit_once('@').expect("a URL with a user");
    user.rsplit_once(':').expect("a password").1.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_at_trace_has_no_password_and_nothing_below_info_of_the_libraries() {
    let installation = Installation::new(&[GROUP]).await;
    let process = installation.start_with(GROUP, &[("PIAO_LOG", "trace")]);
    process.ready().await;
    let said = process.said();
    process.terminate().await;
    installation.bus.finish().await;
    for url in
        [std::env::var("PIAO_TEST_AMQP_URL").unwrap(), std::env::var("PIAO_TEST_DATABASE_URL").unwrap()]
    {
        let password = password(&url);
        let numbers = password.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ");
        let shown = |line: &&String| line.contains(&password) || line.contains(&numbers);
        assert_eq!(said.iter().filter(shown).count(), 0, "lines with a password");
    }
    // After the level stand the spans, and then who says it.
    let detailed = |line: &&String| [" TRACE ", " DEBUG "].iter().any(|level| line.contains(level));
    let of_ours = |line: &&String| line.contains(" piao");
    let foreign = said.iter().filter(detailed).filter(|line| !of_ours(line)).take(5).collect::<Vec<_>>();
    assert!(foreign.is_empty(), "{foreign:#?}");
}
