//! OpenAPI documents.

use actix_web::App;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Info, OpenApi, OpenApiVersion, SecurityRequirement};
use utoipa_actix_web::AppExt as _;

use super::{get_transition, probes};

/// What a reader signs, for whoever builds a client from the document alone.
const READ_TOKEN: &str = "A JWT (RFC 7519) in compact serialization that the caller signs with a registered, live key of \
its own. Protected header, nothing else allowed: `alg` (ES256K, ES256 or EdDSA, as the key was registered), `kid` (RFC \
7638 SHA-256 thumbprint of the key), `typ` (`JWT`). Claims, nothing else allowed: `iss` (the party), `aud` (the chain's \
id), `iat` and `exp` (UTC seconds, `exp` at most 300 seconds ahead). At most 4 KiB.";

/// Gives a service's collected document its name, version 3.1, the one way to sign in, what all answers refer to, and
/// what every process serves: probes, documents, and what became of a transition.
#[must_use]
pub fn named(mut document: OpenApi, title: &str) -> OpenApi {
    let every = App::new().into_utoipa_app().configure(probes::register).configure(get_transition::register);
    document.merge(every.split_for_parts().1);
    document.openapi = OpenApiVersion::Version31;
    document.info = Info::new(title, env!("CARGO_PKG_VERSION"));
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
    let bearer = bearer.description(Some(READ_TOKEN)).build();
    let components = document.components.get_or_insert_default();
    super::answers::add_schemas(components);
    components.add_security_scheme("read_token", SecurityScheme::Http(bearer));
    document.security =
        Some(vec![SecurityRequirement::default(), SecurityRequirement::new("read_token", [""; 0])]);
    super::headers::describe(&mut document);
    document
}

/// One document of several.
#[must_use]
pub fn merge(documents: impl IntoIterator<Item = OpenApi>, title: &str) -> OpenApi {
    let mut merged = named(OpenApi::default(), title);
    for document in documents {
        merged.merge(document);
    }
    merged
}

/// A page for people that lists every operation: no script, nothing from elsewhere.
pub(super) fn page(document: &OpenApi) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title>\
         <style>body{{font:16px/1.5 sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}}\
         code{{font-family:monospace}}td{{padding:.2rem 1rem .2rem 0;vertical-align:top}}</style>\
         <h1>{0}</h1><p>The whole description is <a href=\"/openapi.json\">openapi.json</a> (OpenAPI 3.1).</p><table>",
        escape(&document.info.title)
    );
    for (path, item) in &document.paths.paths {
        let operations =
            [("GET", &item.get), ("POST", &item.post), ("PUT", &item.put), ("DELETE", &item.delete)];
        for (method, operation) in operations {
            let Some(operation) = operation else { continue };
            let summary = operation.summary.as_deref().unwrap_or_default();
            page.push_str(&format!(
                "<tr><td><code>{method} {}</code></td><td>{}</td></tr>",
                escape(path),
                escape(summary)
            ));
        }
    }
    page.push_str("</table></html>");
    page
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
