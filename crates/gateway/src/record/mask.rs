//! Tokens in places where nobody expects them: in a path, a name of a parameter, an `Origin`.

use std::borrow::Cow;
use std::ops::Range;

use keyward_model::token::Presented;

/// What follows the underscore of a token: id, secret and check.
const BEHIND: usize = 50;
/// How long the part before the underscore may be.
const BEFORE: std::ops::RangeInclusive<usize> = 2..=12;

/// The text with `…` in place of every well-formed token in it.
pub(super) fn mask(text: &str) -> Cow<'_, str> {
    if text.len() <= BEHIND {
        return Cow::Borrowed(text);
    }
    let mut masked = String::new();
    let mut from = 0;
    for (underscore, _) in text.match_indices('_') {
        if underscore >= from
            && let Some(token) = token_around(text, from, underscore)
        {
            masked.push_str(&text[from..token.start]);
            masked.push('…');
            from = token.end;
        }
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[from..]);
    Cow::Owned(masked)
}

fn token_around(text: &str, from: usize, underscore: usize) -> Option<Range<usize>> {
    let end = underscore + 1 + BEHIND;
    BEFORE
        .filter_map(|length| underscore.checked_sub(length).filter(|start| *start >= from))
        .find(|start| text.get(*start..end).is_some_and(|word| Presented::parse(word).is_ok()))
        .map(|start| start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_wherever_it_stands() {
        let (_, token) = keyward_model::token::generate(&Default::default(), &keyward_vault::SystemRandom);
        let token = token.expose();
        for (text, masked) in [
            (format!("/orders/{token}/lines"), "/orders/…/lines"),
            (format!("x?a#{token}"), "x?a#…"),
            (format!("my_{token}_{token}é{token}"), "my_…_…é…"),
            (token.to_owned(), "…"),
            (token[..token.len() - 1].to_owned(), &token[..token.len() - 1]),
            ("_a_é_".to_owned(), "_a_é_"),
        ] {
            assert_eq!(mask(&text), masked);
        }
    }
}
