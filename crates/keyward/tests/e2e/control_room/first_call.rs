//! From the first start to the first call, by the keyboard alone.

use serde_json::json;

use super::{plan_of, seen_by};
use crate::support::free_port;
use crate::support::keyward::{Keyward, Setup};
use crate::support::peers::python_upstream;

/// The first steps, in a team that has what the first `done` of them make.
fn steps(done: usize) -> Vec<String> {
    let titles = ["Say where calls go", "Publish an api", "Create a token", "Make the first call"];
    let states = (0..titles.len()).map(|step| match step {
        step if step < done => "done",
        step if step == done => "now",
        _ => "later",
    });
    titles.iter().zip(states).map(|(title, state)| format!("{title}: {state}")).collect()
}

#[test]
fn the_first_call_comes_through_a_keyward_that_had_nothing() {
    let keyward = Keyward::with(Setup::default());
    let upstream = python_upstream();
    let mut plan = plan_of(&keyward);
    plan["nowhere"] = format!("http://127.0.0.1:{}", free_port()).into();
    plan["upstream"] = format!("http://127.0.0.1:{}", upstream.port).into();

    let seen = seen_by("first_call", &plan);

    let in_installation = ["Make a team: now".to_owned()].into_iter();
    let later = steps(0).into_iter().map(|step| step.replace(": now", ": later"));
    let mut expected = vec![in_installation.chain(later).collect()];
    // An app comes before its token, and a wrong address is mended after the third step.
    expected.extend([0, 1, 2, 2, 3, 3, 4].map(steps));
    assert_eq!(seen["steps"], json!(expected));

    let calls = [
        (401, ["The call came without a token.", "no credential"]),
        (401, ["What was sent is no whole token", "52 characters"]),
        (502, ["Keyward could not connect to your service", "Connection refused"]),
        (200, ["It works", "was answered with 200"]),
    ];
    let said = seen["calls"].as_array().expect("calls");
    assert_eq!(said.len(), calls.len(), "{said:#?}");
    for ((status, words), call) in calls.iter().zip(said) {
        assert_eq!(call[0], json!(status));
        let text = call[1].as_str().expect("what the page says");
        assert!(words.iter().all(|word| text.contains(word)), "{words:?}: {text}");
    }
    assert_eq!(seen["loads"], json!(0), "the page is not loaded anew");
    assert!(seen["command"].as_str().is_some_and(|command| command.ends_with("/orders/v1/echo")), "{seen:#}");
    assert_eq!((&seen["installation"], &seen["traces"]), (&json!("Overview"), &json!([])), "{seen:#}");
}
