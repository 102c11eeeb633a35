//! Arguments, settings and exit codes.

use super::{keyward, said};

/// Shaped like a token; not one.
const SHAPED: &str = "kw_0123456789AB0123456789abcdef0123456789abcdef000000";

fn run(arguments: &[&str]) -> (i32, String, String) {
    let directory = tempfile::tempdir().expect("a directory");
    said(keyward(directory.path()).args(arguments))
}

#[test]
fn a_whole_token_is_refused_as_an_argument_and_not_repeated() {
    for arguments in [
        vec!["explain", "--token", SHAPED, "--path", "/"],
        vec!["token", "check", SHAPED],
        vec!["token", "show", SHAPED],
        vec!["secret", "set", "crm", SHAPED],
    ] {
        let (code, out, err) = run(&arguments);
        assert_eq!(code, 2, "{arguments:?}");
        assert!(err.contains("standard input") || err.contains("stdin"), "{err}");
        assert!(!out.contains("0123456789abcdef") && !err.contains("0123456789abcdef"), "{err}");
    }
}

#[test]
fn exit_codes_tell_what_went_wrong() {
    assert_eq!(run(&["--help"]).0, 0);
    assert_eq!(run(&["--version"]).0, 0);
    assert_eq!(run(&["frobnicate"]).0, 2);
    assert_eq!(run(&["health", "--url", "http://127.0.0.1:1"]).0, 6);
    assert_eq!(run(&["health", "--url", "nonsense"]).0, 2);
    assert_eq!(run(&["backup", "--file", "x"]).0, 4);
    assert_eq!(run(&["audit", "verify", "--offline"]).0, 4);
}

#[test]
fn for_programs_a_failure_is_json_too() {
    let (code, out, err) = run(&["health", "--url", "http://127.0.0.1:1", "-o", "json"]);
    assert_eq!((code, out.as_str()), (6, ""));
    let failure: serde_json::Value = serde_json::from_str(&err).expect("JSON");
    assert!(failure["detail"].as_str().expect("a detail").contains("cannot reach"), "{failure}");
}

#[test]
fn a_setting_that_is_wrong_is_named_with_its_line() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("keyward.toml"), "[gateway]\nlisten = \"everywhere\"\n").expect("written");
    let (code, _, err) = said(keyward(directory.path()).arg("health"));
    assert_eq!(code, 2);
    assert!(err.contains("`gateway.listen` (keyward.toml, line 2)"), "{err}");
    let (code, _, err) = said(keyward(directory.path()).args(["health", "--config", "elsewhere.toml"]));
    assert_eq!(code, 2);
    assert!(err.contains("elsewhere.toml"), "{err}");
}

#[test]
fn the_form_of_a_token_is_checked_without_asking_anybody() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("t"), SHAPED).expect("written");
    let (code, _, err) = said(keyward(directory.path()).args(["token", "check", "--offline", "@t"]));
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("not a well-formed token"), "{err}");
}
