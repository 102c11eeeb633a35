//! An explanation in words.

use serde_json::Value;

use crate::output::{moment, plain, text_at};

/// Each check in order, with the value it saw, the rule, the verdict and the remedy.
pub(super) fn of(explanation: &Value) -> String {
    let allowed = explanation.get("allowed").and_then(Value::as_bool).unwrap_or(false);
    let verdict = if allowed { "allowed".to_owned() } else { format!("refused: {}", text_at(explanation, "/code")) };
    let mut words = format!("{verdict}\n{}\n", plain(&text_at(explanation, "/summary")));
    if explanation.get("request_id").is_some_and(Value::is_string) {
        words.push_str(&format!("request {} at {}\n", text_at(explanation, "/request_id"), moment(explanation, "/at")));
    }
    words.push('\n');
    let checks = explanation.get("checks").and_then(Value::as_array);
    let (made, left_out): (Vec<&Value>, Vec<&Value>) =
        checks.into_iter().flatten().partition(|check| !is_left_out(check));
    for check in made {
        let mark = match check.get("verdict").and_then(Value::as_str) {
            Some("pass") => "pass",
            Some("fail") => "FAIL",
            _ => "  - ",
        };
        words.push_str(&format!("{mark}  {:<13}", text_at(check, "/check")));
        for (heading, pointer) in [("", "/seen"), ("  rule: ", "/rule")] {
            if check.pointer(pointer).and_then(Value::as_str).is_some_and(|text| !text.is_empty()) {
                words.push_str(&format!("{heading}{}", plain(&text_at(check, pointer))));
            }
        }
        while words.ends_with(' ') {
            words.pop();
        }
        words.push('\n');
        if let Some(remedy) = check.get("remedy").and_then(Value::as_str) {
            words.push_str(&format!("{:21}-> {}\n", "", plain(remedy)));
        }
    }
    if !left_out.is_empty() {
        let names: Vec<String> = left_out.iter().map(|check| text_at(check, "/check")).collect();
        words.push_str(&format!("not looked at, since the call had ended: {}\n", names.join(", ")));
    }
    if let Some(note) = explanation.get("note").and_then(Value::as_str) {
        words.push_str(&format!("\nnote: {}\n", plain(note)));
    }
    words.truncate(words.trim_end().len());
    words
}

/// Whether a check was never come to. One that had nothing to check says what it saw.
fn is_left_out(check: &Value) -> bool {
    let seen = check.get("seen").and_then(Value::as_str).unwrap_or_default();
    check.get("verdict").and_then(Value::as_str) == Some("skip") && matches!(seen, "" | "nothing")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn an_explanation_reads_top_down() {
        let explanation = json!({
            "request_id": "0198c5a0-0000-7000-8000-000000000000", "at": "2030-01-31T12:00:00.000Z", "allowed": false,
            "code": "scope_missing", "summary": "The token lacks orders:delete.",
            "checks": [
                {"check": "route", "verdict": "pass", "seen": "DELETE /orders/1", "rule": "orders.v1 delete"},
                {"check": "scope", "verdict": "fail", "seen": "orders:read", "rule": "all of orders:delete",
                 "remedy": "Give the token the scope orders:delete."},
                {"check": "policy", "verdict": "skip", "seen": "app shop", "rule": "the team has no policy"},
                {"check": "rate", "verdict": "skip", "seen": "nothing", "rule": "not looked at"},
                {"check": "quota", "verdict": "skip", "seen": "", "rule": ""},
            ],
        });
        insta::assert_snapshot!(super::of(&explanation), @r"
        refused: scope_missing
        The token lacks orders:delete.
        request 0198c5a0-0000-7000-8000-000000000000 at 2030-01-31 12:00:00Z

        pass  route        DELETE /orders/1  rule: orders.v1 delete
        FAIL  scope        orders:read  rule: all of orders:delete
                             -> Give the token the scope orders:delete.
          -   policy       app shop  rule: the team has no policy
        not looked at, since the call had ended: rate, quota
        ");
    }
}
