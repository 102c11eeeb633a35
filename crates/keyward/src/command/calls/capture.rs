//! `keyward calls capture`: heads and bodies of one call, as far as its api has them captured.

use serde_json::Value;

use crate::cli::Context;
use crate::failure::Failure;
use crate::output::{legible, moment, text_at};

/// Whose capture to show.
#[derive(Debug, clap::Args)]
pub struct Capture {
    /// The request id on the call's answer.
    #[arg(value_name = "REQUEST")]
    pub request: String,
}

impl Capture {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let (client, team) = context.client_and_team()?;
        let body = client.get(&["teams", &team, "calls", &self.request, "capture"])?;
        Ok(context.output.words(&body, || words(&body))?)
    }
}

/// The parts that were captured, in the order in which they passed.
fn words(capture: &Value) -> String {
    let (api, at, request) = (text_at(capture, "/api_name"), moment(capture, "/at"), text_at(capture, "/request_id"));
    let mut words = format!("{api} at {at}, request {request}\n");
    for (name, message) in [("request", "/request"), ("response", "/response")] {
        if let Some(head) = capture.pointer(&format!("{message}/head")) {
            words.push_str(&format!("\n{name} head{}\n{}\n", remarks(head), text(head)));
        }
        if let Some(body) = capture.pointer(&format!("{message}/body")) {
            words.push_str(&format!("\n{name} body: {}\n", body_words(body)));
        }
    }
    words.truncate(words.trim_end().len());
    words
}

fn body_words(body: &Value) -> String {
    let bytes = body.get("bytes").and_then(Value::as_u64).unwrap_or(0);
    match (body.get("shown"), body.get("withheld").and_then(Value::as_str)) {
        (Some(_), _) if bytes == 0 => "none".to_owned(),
        (Some(shown), _) => format!("{bytes} bytes{}\n{}", remarks(shown), text(shown)),
        (None, Some("encoded")) => {
            let encoding = body.get("encoding").and_then(Value::as_str).filter(|known| *known != "other");
            let encoding = encoding.map_or("encoded".to_owned(), |known| format!("encoded as {known}"));
            format!("{bytes} bytes, not shown: {encoding}, it cannot be looked through for secrets")
        }
        (None, _) => format!("{bytes} bytes, not shown: not text, it cannot be looked through for secrets"),
    }
}

fn remarks(shown: &Value) -> String {
    let redacted = shown.get("redacted").and_then(Value::as_u64).unwrap_or(0);
    let redacted = if redacted > 0 { format!(", {redacted} redacted") } else { String::new() };
    let cut = shown.get("cut").and_then(Value::as_bool).unwrap_or(false);
    format!("{redacted}{}", if cut { ", cut" } else { "" })
}

fn text(shown: &Value) -> String {
    legible(shown.get("text").and_then(Value::as_str).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_capture_in_words() {
        let capture = json!({
            "request_id": "0197a1b2-0000-7000-8000-000000000000", "at": "2030-01-01T00:00:00.000Z",
            "api_name": "orders.v1",
            "request": {
                "head": { "text": "POST /orders\nhost: a\nauthorization: [redacted]", "cut": false, "redacted": 1 },
                "body": { "bytes": 20000, "shown": { "text": "{\"a\":\t1\u{1b}[31m", "cut": true, "redacted": 0 } },
            },
            "response": {
                "head": { "text": "200\ncontent-type: text/plain", "cut": false, "redacted": 0 },
                "body": { "bytes": 900, "withheld": "encoded", "encoding": "gzip" },
            },
        });
        insta::assert_snapshot!(words(&capture), @r#"
        orders.v1 at 2030-01-01 00:00:00Z, request 0197a1b2-0000-7000-8000-000000000000

        request head, 1 redacted
        POST /orders
        host: a
        authorization: [redacted]

        request body: 20000 bytes, cut
        {"a":	1�[31m

        response head
        200
        content-type: text/plain

        response body: 900 bytes, not shown: encoded as gzip, it cannot be looked through for secrets
        "#);
        let none = json!({ "bytes": 0, "shown": { "text": "", "cut": false, "redacted": 0 } });
        assert_eq!(body_words(&none), "none");
        let binary = json!({ "bytes": 5, "withheld": "not_text" });
        assert_eq!(body_words(&binary), "5 bytes, not shown: not text, it cannot be looked through for secrets");
    }
}
