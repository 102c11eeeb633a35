//! Which programs still call with tokens that are rotated out: whom to ask before the old one ends.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use keyward_model::Timestamp;
use keyward_model::token::TokenId;

/// Tokens, and programs of each, that are kept; of more, those not seen for longest go.
const TOKENS: usize = 1000;
const PROGRAMS: usize = 50;

/// A program at an address, by what it calls itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// From where it calls.
    pub address: IpAddr,
    /// Its `User-Agent` (RFC 9110 section 10.1.5), as far as it is legible.
    pub name: Box<str>,
    /// When it called last.
    pub last_at: Timestamp,
}

/// Programs by token, in memory alone.
#[derive(Debug, Default)]
pub(crate) struct Programs(Mutex<HashMap<TokenId, Vec<Program>>>);

impl Programs {
    pub(crate) fn note(&self, token: TokenId, address: IpAddr, name: &str, at: Timestamp) {
        let mut programs = self.lock();
        if !programs.contains_key(&token) && programs.len() >= TOKENS {
            let latest = |known: &[Program]| known.iter().map(|program| program.last_at).max();
            let oldest = programs.iter().min_by_key(|(_, known)| latest(known)).map(|(token, _)| *token);
            oldest.and_then(|token| programs.remove(&token));
        }
        let known = programs.entry(token).or_default();
        if let Some(program) = known.iter_mut().find(|known| known.address == address && &*known.name == name) {
            program.last_at = program.last_at.max(at);
            return;
        }
        if known.len() >= PROGRAMS
            && let Some(oldest) = (0..known.len()).min_by_key(|place| known[*place].last_at)
        {
            known.swap_remove(oldest);
        }
        known.push(Program { address, name: name.into(), last_at: at });
    }

    /// Those of a token, the latest first.
    pub(crate) fn of(&self, token: TokenId) -> Vec<Program> {
        let mut known = self.lock().get(&token).cloned().unwrap_or_default();
        known.sort_by_key(|program| std::cmp::Reverse(program.last_at));
        known
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TokenId, Vec<Program>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn the_latest_are_kept_of_each_token() {
        let programs = Programs::default();
        let tokens: Vec<TokenId> = (0..=TOKENS).map(|number| format!("{number:012}").parse().unwrap()).collect();
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let at = Timestamp::from_millis;
        programs.note(tokens[0], address, "curl/8", at(1));
        programs.note(tokens[0], address, "till/2", at(2));
        programs.note(tokens[0], address, "curl/8", at(3));
        let names: Vec<Box<str>> = programs.of(tokens[0]).into_iter().map(|program| program.name).collect();
        assert_eq!(names, ["curl/8".into(), "till/2".into()]);
        for number in 0..PROGRAMS {
            programs.note(tokens[0], address, &number.to_string(), at(10 + i64::try_from(number).unwrap()));
        }
        let known = programs.of(tokens[0]);
        assert_eq!((known.len(), &*known[0].name), (PROGRAMS, "49"));
        assert!(!known.iter().any(|program| &*program.name == "curl/8"));
        for token in &tokens[1..] {
            programs.note(*token, address, "curl/8", at(100));
        }
        assert_eq!((programs.of(tokens[0]).len(), programs.of(tokens[TOKENS]).len()), (0, 1));
    }
}
