//! How deep a Cedar text may nest. Its parser and all that walks its tree recurse, and a stack that runs over ends the
//! whole process; so the depth is bounded before anything is parsed.

use keyward_model::resource::FieldError;

/// Brackets inside brackets. A worker's stack has room for five times as many.
const DEEPEST: usize = 24;
/// `if`s in one statement; each may stand inside the one before.
const MOST_IFS: usize = 64;
/// Operators in one statement; each may add a level to its tree.
const MOST_OPERATORS: usize = 1000;

/// Refuses what nests too deep. Strings and comments do not count.
pub(super) fn check(text: &str) -> Result<(), FieldError> {
    let mut rest = text.as_bytes();
    let (mut depth, mut ifs, mut operators) = (0usize, 0usize, 0usize);
    while let [first, after @ ..] = rest {
        rest = match first {
            b'"' => after_string(after),
            b'/' if after.first() == Some(&b'/') => after_comment(after),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let end = rest.iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'_').unwrap_or(rest.len());
                ifs += usize::from(&rest[..end] == b"if");
                &rest[end..]
            }
            b'(' | b'[' | b'{' => {
                depth += 1;
                after
            }
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                after
            }
            b';' => {
                (ifs, operators) = (0, 0);
                after
            }
            b'.' | b'!' | b'&' | b'|' | b'+' | b'-' | b'*' | b'<' | b'>' | b'=' => {
                operators += 1;
                after
            }
            _ => after,
        };
        if depth > DEEPEST || ifs > MOST_IFS || operators > MOST_OPERATORS {
            let problem = format!(
                "nests too deep: a statement may have brackets {DEEPEST} deep, {MOST_IFS} `if`s and {MOST_OPERATORS} operators"
            );
            return Err(FieldError::new("cedar", problem, "split it into several statements, or use a set and `in`"));
        }
    }
    Ok(())
}

fn after_string(rest: &[u8]) -> &[u8] {
    let mut place = 0;
    while let Some(byte) = rest.get(place) {
        match byte {
            b'"' => return &rest[place + 1..],
            b'\\' => place += 2,
            _ => place += 1,
        }
    }
    &[]
}

fn after_comment(rest: &[u8]) -> &[u8] {
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    &rest[end..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(condition: &str) -> String {
        format!("forbid(principal, action, resource) when {{ {condition} }};")
    }

    #[test]
    fn what_would_run_over_the_stack_is_refused() {
        for nested in [
            format!("{}true{}", "(".repeat(140), ")".repeat(140)),
            format!("{}1{}", "[".repeat(140), "]".repeat(140)),
            format!("{}true{}", "!(".repeat(130), ")".repeat(130)),
            format!("{}true{}", "if true then ".repeat(2500), " else false".repeat(2500)),
            format!("context{} == 1", ".a".repeat(25_000)),
            vec!["true"; 5000].join(" && "),
        ] {
            let error = check(&when(&nested)).expect_err("too deep");
            assert_eq!(error.field, "cedar");
        }
    }

    #[test]
    fn what_people_write_is_not() {
        let set = (0..2000).map(|n| format!("\"((({n}\\\"\"")).collect::<Vec<_>>().join(", ");
        let text = when(&format!("// ((((((((((((((((((((((((((((((\n context.path in [{set}] && !(context.hour < 8)"));
        assert_eq!(check(&text), Ok(()));
        assert_eq!(check(&when("context.method == \"GET\"").repeat(900)), Ok(()), "each statement counts for itself");
    }

    #[test]
    fn the_deepest_that_is_let_through_is_read_on_a_small_stack() {
        let inner = format!("{}true{}", "if true then ".repeat(MOST_IFS), " else false".repeat(MOST_IFS));
        let text = when(&format!("{}{inner}{}", "(".repeat(DEEPEST - 1), ")".repeat(DEEPEST - 1)));
        assert_eq!(check(&text), Ok(()));
        let read = std::thread::Builder::new().stack_size(2 << 20).spawn(move || super::super::parse("deep", &text));
        assert_eq!(read.expect("a thread").join().expect("its stack does not run over"), Ok(()));
    }
}
