//! Files that `apply` refuses before it asks anybody.

use super::{keyward, said};

fn diff(manifest: &str) -> (i32, String, String) {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("keyward.yaml"), manifest).expect("written");
    // Nobody listens on port 1: whatever is reported was found without asking.
    said(keyward(directory.path()).args(["diff", "--url", "http://127.0.0.1:1", "--team", "t"]))
}

#[test]
fn file_line_field_and_remedy_are_named_for_every_mistake_at_once() {
    let (code, _, err) = diff(
        "version: 1\nsource: s\napps:\n  shop:\n    title: Shop\n    limits:\n      rates:\n        - { limit: 0, window_seconds: 1 }\n        - { limit: 1, window_seconds: 0 }\n",
    );
    assert_eq!(code, 2);
    insta::assert_snapshot!(err, @r"
    error: the manifest is not valid; nothing was changed
      keyward.yaml:8: `apps.shop.limits.rates[0].limit` is out of range; use 1 to 1000000000; to stop calls, disable the token
      keyward.yaml:9: `apps.shop.limits.rates[1].window_seconds` is out of range; use 1 to 86400 seconds; for longer periods use a quota
    ");
}

#[test]
fn a_reference_to_a_secret_that_is_not_there_is_named() {
    let (code, _, err) = diff("version: 1\nsource: s\nsecrets:\n  crm:\n    value_from: env:NO_SUCH_VARIABLE\n");
    assert_eq!(code, 2);
    assert!(
        err.contains(
            "keyward.yaml:5: `secrets.crm.value_from` refers to the variable NO_SUCH_VARIABLE, which is not set"
        ),
        "{err}"
    );
}

#[test]
fn a_sound_file_gets_as_far_as_asking() {
    let (code, _, err) = diff("version: 1\nsource: s\n");
    assert_eq!(code, 6, "{err}");
}
