//! What `init` makes, and what is said when a part of it is missing. Nothing listens here.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{keyward, said};

fn run(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    said(keyward(directory).args(arguments))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}

#[test]
fn an_installation_is_made_once_and_is_its_owners_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let (code, token, err) = run(directory.path(), &["init", "--save-token"]);
    assert_eq!(code, 0, "{err}");
    let data = directory.path().join("data");
    assert_eq!(mode(&data), 0o700);
    for name in ["keyward.db", "master.key", "operator.token"] {
        assert_eq!(mode(&data.join(name)), 0o600, "{name}");
    }
    assert_eq!(fs::read_to_string(data.join("operator.token")).expect("readable"), token);

    let (code, out, err) = run(directory.path(), &["init"]);
    assert_eq!((code, out.as_str()), (5, ""));
    assert!(err.contains("--another-token"), "{err}");
    let (code, another, err) = run(directory.path(), &["init", "--another-token"]);
    assert_eq!(code, 0, "{err}");
    assert_ne!(another, token);

    let (code, out, err) = run(directory.path(), &["audit", "verify", "--offline"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("keyward: sound, 4 events"), "{out}");
}

#[test]
fn a_master_key_that_is_gone_wrong_or_exposed_is_named_and_nothing_is_made_in_its_place() {
    let directory = tempfile::tempdir().expect("a directory");
    assert_eq!(run(directory.path(), &["init"]).0, 0);
    let key = directory.path().join("data/master.key");
    let held = fs::read_to_string(&key).expect("readable");

    fs::remove_file(&key).expect("removed");
    for command in [vec!["serve"], vec!["audit", "verify", "--offline"], vec!["init", "--another-token"]] {
        let (code, _, err) = run(directory.path(), &command);
        assert_eq!(code, 1, "{command:?}: {err}");
        assert!(err.contains("master.key is not there"), "{err}");
        assert!(!key.exists(), "{command:?} made a key that opens nothing");
    }

    let other = held.trim().chars().rev().collect::<String>();
    fs::write(&key, &other).expect("written");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("set");
    let (code, _, err) = run(directory.path(), &["serve"]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("not the one this database was made with") && !err.contains(&other), "{err}");

    fs::write(&key, &held).expect("written");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("set");
    let (code, _, err) = run(directory.path(), &["serve"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("chmod 600"), "{err}");

    fs::remove_file(&key).expect("removed");
    let mut command = keyward(directory.path());
    command.args(["audit", "verify", "--offline"]).env("KEYWARD_MASTER_KEY", held.trim());
    assert_eq!(said(&mut command).0, 0);
}

#[test]
fn the_master_key_is_rotated_and_a_rotation_cut_short_still_opens() {
    let directory = tempfile::tempdir().expect("a directory");
    assert_eq!(run(directory.path(), &["init"]).0, 0);
    let key = directory.path().join("data/master.key");
    let before = fs::read_to_string(&key).expect("readable");
    let (code, _, err) = run(directory.path(), &["keys", "rotate", "--master"]);
    assert_eq!(code, 0, "{err}");
    let after = fs::read_to_string(&key).expect("readable");
    assert_ne!(after, before);
    assert_eq!(fs::read_to_string(key.with_extension("key.old")).expect("readable"), before);
    assert_eq!(run(directory.path(), &["audit", "verify", "--offline"]).0, 0);

    // Cut short between the store and the file: the store is sealed under the key beside the old one.
    fs::rename(&key, key.with_extension("key.next")).expect("moved");
    fs::write(&key, &before).expect("written");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("set");
    assert_eq!(run(directory.path(), &["audit", "verify", "--offline"]).0, 0);
    let (code, _, err) = run(directory.path(), &["keys", "rotate", "--master"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(fs::read_to_string(&key).expect("readable"), after);
    assert!(!key.with_extension("key.next").exists());
    assert_eq!(run(directory.path(), &["audit", "verify", "--offline"]).0, 0);
}

#[test]
fn a_copy_is_loaded_into_a_new_place_and_opens_with_its_master_key() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    assert_eq!(run(at, &["init"]).0, 0);
    let (code, _, err) = run(at, &["backup", "--file", "copy"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(mode(&at.join("copy")), 0o600);
    let (code, streamed, _) = run(at, &["backup", "--file", "-"]);
    assert_eq!(code, 0);
    assert!(streamed.lines().count() > 5, "{streamed}");

    assert_eq!(run(at, &["restore", "--file", "copy"]).0, 5, "what is there is not overwritten");
    assert_eq!(run(at, &["restore", "--file", "copy", "--replace"]).0, 0);
    let (code, _, err) = run(at, &["restore", "--file", "copy", "--data-dir", "elsewhere"]);
    assert_eq!(code, 0, "{err}");
    fs::copy(at.join("data/master.key"), at.join("elsewhere/master.key")).expect("copied");
    let (code, out, err) = run(at, &["audit", "verify", "--offline", "--data-dir", "elsewhere"]);
    assert_eq!(code, 0, "{out}{err}");
    fs::write(at.join("half"), &fs::read(at.join("copy")).expect("readable")[..500]).expect("written");
    assert_eq!(run(at, &["restore", "--file", "half", "--data-dir", "third"]).0, 1);
}

#[test]
fn a_port_in_use_is_named_with_its_flag() {
    let directory = tempfile::tempdir().expect("a directory");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    for flag in ["--control-listen", "--gateway-listen"] {
        let other = if flag == "--control-listen" { "--gateway-listen" } else { "--control-listen" };
        let (code, _, err) = run(directory.path(), &["serve", flag, &address, other, "127.0.0.1:0"]);
        assert_eq!(code, 1, "{err}");
        assert!(err.contains(&address) && err.contains(flag), "{err}");
    }
}

#[test]
fn the_doctor_finds_what_is_wrong() {
    let directory = tempfile::tempdir().expect("a directory");
    assert_eq!(run(directory.path(), &["init"]).0, 0);
    let key = directory.path().join("data/master.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).expect("set");
    let mut command = keyward(directory.path());
    command.args(["doctor", "-o", "json", "--url", "http://127.0.0.1:1", "--data-dir", "data"]);
    let (code, out, _) = said(command.env("KEYWARD_GATEWAY_LISTEN", "127.0.0.1:1").env("KEYWARD_GATWAY_LISTEN", "x"));
    assert_eq!(code, 1);
    let findings: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let result = |check: &str| {
        let found = findings.as_array().expect("a list").iter().find(|finding| finding["check"] == check);
        found.map(|finding| finding["result"].as_str().unwrap_or_default().to_owned()).unwrap_or_default()
    };
    assert_eq!(result("settings"), "warning", "{out}");
    assert_eq!(result("files"), "problem", "{out}");
    assert_eq!(result("store"), "problem", "{out}");
    assert_eq!(result("gateway"), "problem", "{out}");
    assert_eq!(result("control plane"), "problem", "{out}");
}
