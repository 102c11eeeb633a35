//! The house as docs/ARCHITECTURE.md draws it: which crate may use which, how long a file may grow, and that
//! every code of a refusal has its page. Read from `cargo metadata` and from the files themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use keyward_model::Code;
use serde_json::Value;

/// Which crates of the workspace each crate may use. Arrows point down only: a crate uses none of those below it
/// in this table, and gateway, issuer and api never each other.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("wire", &[]),
    ("vault", &["model"]),
    ("policy", &["model"]),
    ("store", &["model"]),
    ("tokens", &["model", "vault", "policy", "store"]),
    ("identity", &["model", "vault", "policy", "store"]),
    ("calls", &["model", "store"]),
    ("http", &["model", "policy", "store", "tokens", "identity"]),
    ("gateway", &["model", "wire", "vault", "policy", "store", "tokens", "calls"]),
    ("api", &["model", "vault", "policy", "store", "tokens", "identity", "calls", "http"]),
    (
        "keyward",
        &["model", "wire", "vault", "policy", "store", "tokens", "identity", "calls", "http", "gateway", "api"],
    ),
    ("fuzzing", &["model", "wire", "policy", "keyward"]),
];

/// Crates from outside that belong to some crates of the workspace alone, and why.
const KEPT_TO: &[(&str, &[&str], &str)] = &[
    ("sea-orm", &["store"], "every line of SQL is in store"),
    ("sqlx", &["store"], "every line of SQL is in store"),
    ("cedar-policy", &["policy"], "decisions are policy's"),
    (
        "hyper",
        &["gateway", "keyward"],
        "the gateway's tests and the demo serve with it; the path of a call has its own codec",
    ),
    ("axum", &["http", "api", "keyward"], "the control plane alone is an axum service"),
    ("ureq", &["keyward"], "only the command line and the sender of traces are clients"),
    ("clap", &["keyward"], "only the binary has a command line"),
    (
        "tokio",
        &["store", "tokens", "identity", "calls", "http", "gateway", "api", "keyward"],
        "model, vault and policy do no I/O",
    ),
    ("parquet", &["calls"], "files of calls are calls'"),
    ("maxminddb", &["calls"], "where a caller is, is found out off the path of its call"),
    ("chrono", &[], "calendars and zones are jiff's"),
    ("openssl", &[], "TLS is rustls"),
];

/// Lines a source file may have, its tests included.
const LONGEST_FILE: usize = 600;

#[test]
fn arrows_between_the_crates_point_down_only() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in packages() {
        let name = short(&package["name"]);
        let Some(may_use) = allowed.get(name.as_str()) else {
            wrong.push(format!("{name} is not in MAY_USE: say there which crates it may use"));
            continue;
        };
        for (used, kind) in dependencies(&package) {
            let Some(used) = used.strip_prefix("keyward-") else { continue };
            if !may_use.contains(&used) {
                wrong.push(format!("{name} uses {used} ({kind}), which docs/ARCHITECTURE.md does not allow"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_of_arrows_fits_the_workspace_and_has_no_circle() {
    let crates: BTreeSet<String> = packages().iter().map(|package| short(&package["name"])).collect();
    let listed: BTreeSet<String> = MAY_USE.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(listed, crates);
    for (place, (name, may_use)) in MAY_USE.iter().enumerate() {
        for used in *may_use {
            let above = MAY_USE[..place].iter().any(|(other, _)| other == used);
            assert!(above, "{name} may use {used}, which does not stand before it");
        }
    }
    for face in ["gateway", "issuer", "api"] {
        let may_use = MAY_USE.iter().find(|(name, _)| *name == face).map_or(&[][..], |(_, list)| *list);
        for other in ["gateway", "issuer", "api"] {
            assert!(!may_use.contains(&other), "{face} and {other} stand side by side");
        }
    }
}

#[test]
fn outside_crates_stay_with_whom_they_belong_to() {
    let mut wrong = Vec::new();
    for package in packages() {
        let name = short(&package["name"]);
        for (used, kind) in dependencies(&package) {
            for (kept, owners, why) in KEPT_TO {
                if used == *kept && kind != "dev" && !owners.contains(&name.as_str()) {
                    wrong.push(format!("{name} depends on {used}, but {why}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_crate_is_found_where_its_name_says() {
    for package in packages() {
        let folder = format!("crates/{}/Cargo.toml", short(&package["name"]));
        let manifest = package["manifest_path"].as_str().expect("metadata gives every package a manifest path");
        assert!(Path::new(manifest).ends_with(&folder), "{manifest} is not {folder}");
    }
}

#[test]
fn source_files_stay_short_and_none_is_called_mod_rs() {
    let mut wrong = Vec::new();
    for file in rust_files() {
        let label = file.strip_prefix(root()).unwrap_or(&file).display().to_string();
        if file.file_name().is_some_and(|name| name == "mod.rs") {
            wrong.push(format!("{label}: call it after its folder and put it beside it"));
        }
        let lines = read(&file).lines().count();
        if lines >= LONGEST_FILE {
            wrong.push(format!("{label} has {lines} lines; {LONGEST_FILE} is too long: one operation, one file"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_has_its_page_and_no_page_is_left_over() {
    let folder = root().join("docs/errors");
    let pages: BTreeSet<String> = std::fs::read_dir(&folder)
        .expect("docs/errors exists")
        .map(|entry| entry.expect("docs/errors can be listed").file_name().to_string_lossy().into_owned())
        .filter_map(|name| name.strip_suffix(".md").map(str::to_owned))
        .filter(|name| name != "README")
        .collect();
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    assert_eq!(pages, codes);

    let index = read(&folder.join("README.md"));
    for code in Code::ALL {
        assert!(index.contains(&format!("[`{code}`]({code}.md)")), "docs/errors/README.md does not list {code}");
    }
}

#[test]
fn a_page_names_status_and_title_as_answered_and_shows_a_body_that_parses() {
    for code in Code::ALL {
        let page = read(&root().join(format!("docs/errors/{code}.md")));
        let heading = page.lines().next().unwrap_or_default();
        assert_eq!(heading, format!("# {code}: {}", code.title()));
        assert!(page.contains(&format!("**Status {}.**", code.status())), "{code}: no status {}", code.status());
        for section in ["## Cause", "## Remedy", "## Example"] {
            assert!(page.lines().any(|line| line == section), "{code}: no section {section}");
        }
        let length = page.lines().count();
        assert!((15..=45).contains(&length), "{code}: {length} lines");

        let body = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next());
        let body: keyward_model::problem::Problem = serde_json::from_str(body.unwrap_or_default())
            .unwrap_or_else(|error| panic!("{code}: the body shown is not a problem: {error}"));
        assert_eq!(body.code, *code);
        assert_eq!(body.status, code.status());
        assert_eq!(body.title, code.title());
        assert!(body.page.ends_with(&format!("/errors/{code}")), "{code}: type is {}", body.page);
    }
}

#[test]
fn links_between_the_pages_lead_somewhere() {
    let mut wrong = Vec::new();
    for page in pages() {
        let text = read(&page);
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
            let file = target.split('#').next().unwrap_or_default();
            if !page.with_file_name(file).exists() {
                wrong.push(format!("{} links to {target}", page.strip_prefix(root()).unwrap_or(&page).display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn commands_in_the_pages_are_those_of_the_reference() {
    let reference = read(&root().join("docs/reference/commands.md"));
    let sections: BTreeMap<&str, &str> = reference
        .split("\n## ")
        .flat_map(|chapter| chapter.split("\n### "))
        .map(|section| section.split_once('\n').unwrap_or((section, "")))
        .collect();
    let mut wrong = Vec::new();
    let mut found = 0;
    for page in pages().into_iter().filter(|page| !page.ends_with("docs/reference/commands.md")) {
        let text = read(&page).replace("\\\n", " ");
        let inline = text.split("`keyward ").skip(1).filter_map(|rest| rest.split('`').next());
        let lines = text.lines().filter_map(|line| line.strip_prefix("keyward "));
        for command in inline.chain(lines) {
            found += 1;
            if let Err(problem) = check_command(command, &sections) {
                let page = page.strip_prefix(root()).unwrap_or(&page).display();
                wrong.push(format!("{page}: `keyward {command}`: {problem}"));
            }
        }
    }
    assert!(found > 50, "only {found} commands found in the pages");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a command of the pages is in the reference, with the options it is given there.
fn check_command(command: &str, sections: &BTreeMap<&str, &str>) -> Result<(), String> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let mut name = "keyward".to_owned();
    let mut options = words.iter().peekable();
    while let Some(word) = options.next_if(|word| sections.contains_key(&*format!("{name} {word}"))) {
        name = format!("{name} {word}");
    }
    let has_subcommands = sections.keys().any(|section| section.starts_with(&format!("{name} ")));
    if has_subcommands && options.peek().is_some_and(|word| word.bytes().all(|b| b.is_ascii_lowercase())) {
        return Err(format!("{name} has no such subcommand"));
    }
    let everywhere = sections["Options of every command"];
    let known =
        |option: &str| [sections.get(&*name).copied().unwrap_or_default(), everywhere].concat().contains(option);
    let given = options.filter(|word| word.starts_with("--")).map(|word| word.split('=').next().unwrap_or_default());
    match given.filter(|option| !matches!(*option, "--help" | "--version")).find(|option| !known(&format!("`{option}")))
    {
        Some(option) => Err(format!("{name} has no option {option}")),
        None => Ok(()),
    }
}

/// The crates of the house as `cargo metadata` tells them; asks no network. What lives elsewhere, as the load of the
/// benchmarks does, is no part of it.
fn packages() -> Vec<Value> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo, which runs this test, can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().cloned().expect("metadata lists the packages");
    let house = root().canonicalize().expect("the root of the repository exists").join("crates");
    let lives_there =
        |package: &Value| package["manifest_path"].as_str().is_some_and(|path| Path::new(path).starts_with(&house));
    packages.into_iter().filter(lives_there).collect()
}

/// Name and kind (`normal`, `dev`, `build`) of what a package depends on.
fn dependencies(package: &Value) -> Vec<(String, String)> {
    let list = package["dependencies"].as_array().cloned().unwrap_or_default();
    list.iter()
        .map(|dependency| {
            let name = dependency["name"].as_str().unwrap_or_default().to_owned();
            (name, dependency["kind"].as_str().unwrap_or("normal").to_owned())
        })
        .collect()
}

/// The name of a crate without its prefix: its folder.
fn short(name: &Value) -> String {
    let name = name.as_str().unwrap_or_default();
    name.strip_prefix("keyward-").unwrap_or(name).to_owned()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every page for people: those in `docs/` and those at the root.
fn pages() -> Vec<PathBuf> {
    let mut pages = files_below(&root().join("docs"), "md");
    pages.extend(children(&root()).into_iter().filter(|file| file.extension().is_some_and(|end| end == "md")));
    pages
}

fn rust_files() -> Vec<PathBuf> {
    children(&root().join("crates")).iter().flat_map(|krate| files_below(&krate.join("src"), "rs")).collect()
}

fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for child in children(folder) {
        if child.is_dir() {
            files.extend(files_below(&child, extension));
        } else if child.extension().is_some_and(|found| found == extension) {
            files.push(child);
        }
    }
    files
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("a folder of the repository can be listed").path()).collect()
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
