//! Keeps secrets off the command line, and takes them from where they may come from: stdin or a file.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;

use keyward_model::secret::Hidden;
use zeroize::Zeroize;

use crate::failure::Failure;

/// No secret is longer than this.
const MOST: u64 = 1 << 20;

/// Refuses a command line with something on it that has the shape of a whole token.
pub(crate) fn refuse_tokens(arguments: &[OsString]) -> Result<(), Failure> {
    let Some(at) = arguments.iter().position(|argument| holds_token(&argument.to_string_lossy())) else {
        return Ok(());
    };
    Err(Failure::usage(format!("argument {at} is the whole text of a token")).remedy(
        "Nothing secret belongs on a command line: other users of the machine see it, and the shell keeps it.\n  \
             Name the token by its id (the 12 letters and digits behind the underscore), or hand its text over on \
             stdin with `-` or from a file with `@FILE`.\n  If others can see this machine's processes or this \
             shell's history, rotate the token.",
    ))
}

/// Whether `text` holds something shaped like a token, typed rightly or not.
fn holds_token(text: &str) -> bool {
    text.match_indices('_').any(|(at, _)| {
        let prefix = text[..at].bytes().rev().take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit()).count();
        let body = text[at + 1..].bytes().take_while(u8::is_ascii_alphanumeric).count();
        prefix >= 2 && body >= 50
    })
}

/// Reads a secret: `-` is stdin, `@FILE` a file. One closing line feed is not part of it.
pub(crate) fn read(source: &str, stdin: &mut dyn Read) -> Result<Hidden, Failure> {
    match source.strip_prefix('@') {
        _ if source == "-" => read_from(stdin, "standard input"),
        Some(path) => read_file(Path::new(path)),
        None => Err(Failure::usage("a secret is given as `-` (standard input) or `@FILE`, never by itself")),
    }
}

/// Reads a secret from a file. One closing line feed is not part of it.
pub(crate) fn read_file(path: &Path) -> Result<Hidden, Failure> {
    let mut file = std::fs::File::open(path)
        .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
    read_from(&mut file, &path.display().to_string())
}

fn read_from(input: &mut dyn Read, whence: &str) -> Result<Hidden, Failure> {
    // Room for an ordinary secret from the start: growing would leave copies of its beginning behind.
    let mut bytes = Vec::with_capacity(16 * 1024);
    let read = input.take(MOST + 1).read_to_end(&mut bytes);
    let problem = match read {
        Err(error) => Some(format!("cannot read {whence}: {error}")),
        Ok(length) if length as u64 > MOST => Some(format!("{whence} holds more than {MOST} bytes")),
        Ok(_) => None,
    };
    if let Some(problem) = problem {
        bytes.zeroize();
        return Err(Failure::usage(problem));
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    if bytes.is_empty() {
        return Err(Failure::usage(format!("{whence} is empty")));
    }
    Ok(Hidden::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPED: &str = "kw_0123456789AB0123456789abcdef0123456789abcdef000000";

    #[test]
    fn a_token_is_refused_wherever_it_stands_and_is_not_repeated() {
        for argument in [SHAPED.to_owned(), format!("--token={SHAPED}"), format!("Bearer {SHAPED}")] {
            let refusal = refuse_tokens(&["keyward".into(), argument.into()]).expect_err("must be refused");
            assert!(!format!("{refusal}{refusal:?}").contains("0123456789abcdef"), "{refusal}");
        }
    }

    #[test]
    fn ids_and_names_are_not_taken_for_tokens() {
        for argument in ["0123456789AB", "app_01hzy3v7q4e8kbtn6x0m2p9r5c", "--token", "a_b"] {
            assert!(!holds_token(argument), "{argument}");
        }
    }

    #[test]
    fn one_closing_line_feed_is_not_part_of_a_secret() {
        let secret = read("-", &mut &b"s3cret\n\n"[..]).expect("a secret");
        assert_eq!(secret.expose(), b"s3cret\n");
        assert!(read("-", &mut &b"\n"[..]).is_err());
        assert!(read("s3cret", &mut &b""[..]).is_err());
    }
}
