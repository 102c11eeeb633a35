//! The reference of commands.

use clap::{Arg, Command, CommandFactory};

use crate::cli::Cli;
use crate::failure::Exit;

/// Every command with its options, as Markdown.
pub fn commands() -> String {
    let mut root = Cli::command().disable_help_flag(true).disable_version_flag(true);
    root.build();
    let mut page =
        String::from("# Commands\n\n<!-- Written by `keyward reference write docs/reference`; do not edit. -->\n\n");
    page.push_str(&about(&root));
    page.push_str(
        "\nNothing secret stands on a command line: it comes from standard input (`-`), from a file (`@FILE`, ",
    );
    page.push_str("`--value-file`) or from the environment.\n\n## Options of every command\n\n");
    for argument in root.get_arguments().filter(|argument| argument.is_global_set()) {
        page.push_str(&option(argument));
    }
    page.push_str("\n## Exit codes\n\n| code | meaning |\n| --- | --- |\n");
    for (exit, meaning) in Exit::ALL {
        page.push_str(&format!("| {} | {meaning} |\n", exit as u8));
    }
    for command in root.get_subcommands() {
        describe(command, "keyward", &mut page);
    }
    page
}

fn describe(command: &Command, parent: &str, page: &mut String) {
    let name = format!("{parent} {}", command.get_name());
    let level = if parent == "keyward" { "##" } else { "###" };
    page.push_str(&format!("\n{level} {name}\n\n{}", about(command)));
    let own: Vec<&Arg> = command.get_arguments().filter(|a| !a.is_global_set() && a.get_id() != "help").collect();
    if !command.has_subcommands() {
        page.push_str(&format!("\n```\n{}\n```\n", usage(&name, &own)));
    }
    if !own.is_empty() {
        page.push('\n');
    }
    for argument in own {
        page.push_str(&option(argument));
    }
    for inner in command.get_subcommands() {
        describe(inner, &name, page);
    }
}

fn about(command: &Command) -> String {
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let stop = if about.ends_with(['.', ':']) || about.is_empty() { "" } else { "." };
    format!("{about}{stop}\n")
}

fn usage(name: &str, arguments: &[&Arg]) -> String {
    let mut usage = name.to_owned();
    for argument in arguments {
        let value = value_of(argument);
        let text = match argument.get_long() {
            Some(long) if value.is_empty() => format!("--{long}"),
            Some(long) => format!("--{long} {value}"),
            None => value,
        };
        if argument.is_required_set() {
            usage.push_str(&format!(" {text}"))
        } else {
            usage.push_str(&format!(" [{text}]"))
        }
    }
    usage
}

fn option(argument: &Arg) -> String {
    let value = value_of(argument);
    let long = argument.get_long().map(|long| format!("--{long}"));
    let short = argument.get_short().map(|short| format!("-{short}"));
    let mut names: Vec<String> = short.into_iter().chain(long).collect();
    if names.is_empty() {
        names.push(value.clone());
    } else if !value.is_empty() {
        names.iter_mut().for_each(|name| name.push_str(&format!(" {value}")));
    }
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let mut line = format!("- `{}`: {help}", names.join("`, `"));
    if !line.ends_with('.') {
        line.push('.');
    }
    let possible: Vec<String> =
        argument.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    let takes_value = argument.get_action().takes_values();
    if takes_value && !possible.is_empty() {
        line.push_str(&format!(" One of {}.", possible.join(", ")));
    }
    let default: Vec<String> =
        argument.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
    if takes_value && !default.is_empty() {
        line.push_str(&format!(" Default {}.", default.join(", ")));
    }
    line.push('\n');
    line
}

fn value_of(argument: &Arg) -> String {
    if !argument.get_action().takes_values() {
        return String::new();
    }
    let names = argument.get_value_names().unwrap_or_default();
    names.iter().map(|name| format!("<{name}>")).collect::<Vec<_>>().join(" ")
}
