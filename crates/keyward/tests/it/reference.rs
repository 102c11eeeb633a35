//! What is kept in `docs/reference` is what the code says.

use std::path::Path;

use clap::{CommandFactory, Parser};
use keyward::cli::Cli;
use keyward::reference;

#[test]
fn the_kept_reference_is_up_to_date() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    for (name, text) in reference::kept() {
        let there = std::fs::read_to_string(kept.join(name)).unwrap_or_default();
        assert!(
            there == text,
            "docs/reference/{name} is not up to date; run `cargo run -p keyward -- reference write docs/reference`"
        );
    }
}

#[test]
fn the_command_tree_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_has_a_manual_page_and_completions() {
    let directory = tempfile::tempdir().expect("a directory");
    let (code, _, err) = super::said(super::keyward(directory.path()).args(["reference", "man", "man"]));
    assert_eq!(code, 0, "{err}");
    for page in ["keyward.1", "keyward-token-create.1", "keyward-audit-verify.1"] {
        assert!(directory.path().join("man").join(page).exists(), "{page}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let (code, out, err) = super::said(super::keyward(directory.path()).args(["reference", "completions", shell]));
        assert_eq!(code, 0, "{err}");
        assert!(out.contains("rotate"), "{shell}");
    }
}

#[test]
fn every_reference_in_the_schema_leads_somewhere() {
    let schema: serde_json::Value = serde_json::from_str(&reference::schema()).expect("JSON");
    let definitions = schema["$defs"].as_object().expect("definitions");
    let mut references = Vec::new();
    collect(&schema, &mut references);
    assert!(references.len() > 20, "{references:?}");
    for reference in references {
        let name = reference.strip_prefix("#/$defs/").unwrap_or_else(|| panic!("{reference} leads elsewhere"));
        assert!(definitions.contains_key(name), "{reference} leads nowhere");
    }
}

fn collect(value: &serde_json::Value, references: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(map) => {
            references.extend(map.get("$ref").and_then(|to| to.as_str()).map(str::to_owned));
            map.values().for_each(|inner| collect(inner, references));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|inner| collect(inner, references)),
        _ => {}
    }
}

#[test]
fn every_command_in_the_documentation_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut pages = vec![root.join("README.md"), root.join("CONTRIBUTING.md"), root.join("SECURITY.md")];
    for directory in ["docs", "docs/errors", "docs/adr"] {
        let entries = std::fs::read_dir(root.join(directory)).expect("a directory");
        pages.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    let mut seen = 0;
    for page in pages.iter().filter(|page| page.extension().is_some_and(|extension| extension == "md")) {
        for line in commands_of(&std::fs::read_to_string(page).expect("a page")) {
            let parsed = Cli::try_parse_from(words(&line));
            // Placeholders are no values; that the command and its flags are there is what counts.
            let wrong = parsed.err().filter(|error| {
                use clap::error::ErrorKind::{InvalidSubcommand, UnknownArgument};
                matches!(error.kind(), InvalidSubcommand | UnknownArgument)
            });
            assert!(wrong.is_none(), "{}: `{line}`\n{}", page.display(), wrong.expect("wrong"));
            seen += 1;
        }
    }
    assert!(seen > 20, "only {seen} commands were found");
}

/// What follows `keyward ` in code: on lines of blocks, and between backticks.
fn commands_of(page: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut in_block = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if in_block {
            let line = line.trim_start().trim_start_matches("$ ");
            commands.extend(is_command(line).then(|| line.to_owned()));
        } else {
            let inline = line.split('`').skip(1).step_by(2);
            commands.extend(inline.filter(|code| is_command(code)).map(str::to_owned));
        }
    }
    commands
}

fn is_command(code: &str) -> bool {
    code.strip_prefix("keyward ").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '-'))
}

/// The words of a command, up to where the shell takes over. A placeholder such as `<request id>` is one word.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut quoted = false;
    let mut word = String::new();
    let mut letters = line.chars().chain([' ']).peekable();
    while let Some(c) = letters.next() {
        match c {
            '"' | '\'' => quoted = !quoted,
            '<' if letters.peek().is_some_and(|next| next.is_alphabetic()) => {
                quoted = true;
                word.push(c);
            }
            '>' if quoted => {
                quoted = false;
                word.push(c);
            }
            ' ' if !quoted => words.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
            c => word.push(c),
        }
    }
    let end = words.iter().position(|word| ["|", ">", "<", "\\", "&", "#", "&&"].contains(&word.as_str()));
    words.truncate(end.unwrap_or(words.len()));
    words.retain(|word| !word.starts_with("<<"));
    words
}
