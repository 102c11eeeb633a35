//! The command line as a program: arguments, files, exit codes, and the reference that is written from the code.

mod command_line;
mod installation;
mod manifest;
mod reference;

/// The binary, in a directory of its own and without this process's settings.
fn keyward(directory: &std::path::Path) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_keyward"));
    command.current_dir(directory);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("KEYWARD_")) {
        command.env_remove(name);
    }
    command
}

/// What the binary said: exit code, standard output, standard error.
fn said(command: &mut std::process::Command) -> (i32, String, String) {
    let output = command.output().expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("an exit code"), text(output.stdout), text(output.stderr))
}
