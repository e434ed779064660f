use std::time::Duration;

use piao_client::{Client, ClientError, Endpoints, List, Settings};
use piao_domain::number::InvoiceNumber;

use crate::server::{Fault, SOON};
use crate::{given, settings, unbook};

#[tokio::test(flavor = "multi_thread")]
async fn reads_ask_for_what_the_client_has_seen() {
    let (client, service) = given(&[], None);
    client.invoices(&List::new()).await.unwrap();
    client.submit_until_decided(&client.sign(unbook()).unwrap(), SOON).await.unwrap();
    client.acting_as(client.identity().unwrap().clone()).invoices(&List::new()).await.unwrap();
    let careless = client.clone().with_settings(Settings { min_height: false, ..settings() });
    careless.invoices(&List::new()).await.unwrap();
    let asked: Vec<_> =
        service.seen().iter().map(|seen| seen.headers.get("piao-min-height").cloned()).collect();
    assert_eq!(asked, [None, None, Some("812".to_owned()), None]);
    assert_eq!(client.height(), 812);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_model_that_is_behind_is_waited_for() {
    let behind = Fault::Problem(503, "behind", Some(0));
    let (client, service) =
        given(&[behind, Fault::Page(502), Fault::Problem(429, "rate_limited", None)], None);
    client.locks(&List::new()).await.unwrap();
    assert_eq!(service.seen().len(), 4);

    let (client, service) = given(&[Fault::Problem(503, "behind", Some(60))], None);
    let error = client.locks(&List::new()).await.unwrap_err();
    assert!(error.may_pass() && service.seen().len() == 1, "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_not_asked_for_again() {
    let (client, service) = given(&[Fault::Problem(404, "not_found", None)], None);
    let error = client.invoice(&InvoiceNumber::parse("26950000000000000001").unwrap()).await.unwrap_err();
    assert_eq!(error.problem().map(|problem| problem.code.as_str()), Some("not_found"));
    assert_eq!(service.seen()[0].line, "GET /v1/invoices/26950000000000000001");
    assert_eq!(service.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_paged_and_filtered() {
    let (client, service) = given(&[], None);
    let page = client.invoices(&List::new().limit(200).matching("buyer", "uscc:A&B=华")).await.unwrap();
    assert_eq!((page.data.len(), page.next.as_deref()), (1, Some("c2")));
    client.invoices(&List::new().limit(5).limit(7).after("c2")).await.unwrap();
    let lines: Vec<_> = service.seen().into_iter().map(|seen| seen.line).collect();
    let expect =
        ["GET /v1/invoices?limit=200&buyer=uscc%3AA%26B%3D%E5%8D%8E", "GET /v1/invoices?limit=7&cursor=c2"];
    assert_eq!(lines, expect);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_without_identity_reads_and_signs_nothing_private() {
    let (client, service) = given(&[], None);
    let nobody =
        Client::new(Endpoints::one(&service.start()).unwrap(), client.chain().clone(), None).unwrap();
    let error = nobody.inbox(&List::new()).await.unwrap_err();
    assert_eq!(error.problem().map(|problem| problem.code.as_str()), Some("unauthorized"));
    assert!(!service.seen()[0].headers.contains_key("authorization"));
    assert!(matches!(nobody.sign(unbook()), Err(ClientError::NoIdentity)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_another_form_is_told_apart() {
    let (client, _service) = given(&[Fault::Page(404)], None);
    let client = client.with_settings(Settings { read_wait_max: Duration::ZERO, ..settings() });
    let error = client.parties(&List::new()).await.unwrap_err();
    assert!(
        matches!(&error, ClientError::UnexpectedAnswer { status: 404, excerpt, .. } if excerpt.contains("Bad gateway"))
    );
    assert!(!error.may_pass());
}
