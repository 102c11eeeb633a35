//! Which rows a filter wants: the cheapest questions first, and of a file no more than they need.

use keyward_model::Code;
use keyward_model::team::TeamId;
use keyward_store::CallFilter;

use crate::columns::{Damage, Part};
use crate::schema::call;

/// Whose calls are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Those of a team.
    Team(TeamId),
    /// Those of every team, and of none.
    Everybody,
}

/// A filter made ready for columns.
pub(crate) struct Wanted<'a> {
    words: Vec<(usize, Test<'a>)>,
    filter: &'a CallFilter,
}

/// Says of a word whether it is wanted.
type Test<'a> = Box<dyn Fn(&[u8]) -> bool + Send + Sync + 'a>;

/// Whether a word is the code of a refusal: [`Code::is_refusal`]. One that this version does not know is taken for one.
pub(crate) fn refuses(code: &[u8]) -> bool {
    let known = std::str::from_utf8(code).ok().and_then(|code| code.parse().ok());
    !code.is_empty() && known.is_none_or(Code::is_refusal)
}

impl<'a> Wanted<'a> {
    pub(crate) fn new(whose: Whose, filter: &'a CallFilter) -> Self {
        let team = match whose {
            Whose::Team(team) => Some(team.to_string()),
            Whose::Everybody => None,
        };
        let texts = [
            (call::TOKEN, filter.token.map(|token| token.to_string())),
            (call::APP, filter.app.map(|app| app.to_string())),
            (call::CODE, filter.code.map(|code| code.to_string())),
            (call::ROUTE, filter.route.as_ref().map(ToString::to_string)),
            (call::TARGET, filter.target.clone()),
            (call::COUNTRY, filter.country.map(|country| country.to_string())),
            (call::API_NAME, filter.api.as_ref().map(ToString::to_string)),
            (call::METHOD, filter.method.clone()),
            (call::PROTOCOL, filter.protocol.map(|protocol| protocol.to_string())),
            (call::TEAM, team),
        ];
        let mut words: Vec<(usize, Test<'a>)> = Vec::new();
        for (column, text) in texts {
            let Some(text) = text else { continue };
            words.push((column, Box::new(move |word| word == text.as_bytes())));
        }
        if let Some(range) = filter.address {
            let lies = move |word: &[u8]| {
                let address = std::str::from_utf8(word).ok().and_then(|word| word.parse().ok());
                address.is_some_and(|address| range.contains(address))
            };
            words.push((call::ADDRESS, Box::new(lies)));
        }
        if let Some(allowed) = filter.allowed {
            words.push((call::CODE, Box::new(move |code| refuses(code) != allowed)));
        }
        Self { words, filter }
    }

    /// Whether calls from `first` to `last`, in milliseconds, may be among them.
    pub(crate) fn may_lie(&self, first: i64, last: i64) -> bool {
        self.filter.from.is_none_or(|from| last >= from.as_millis())
            && self.filter.to.is_none_or(|to| first < to.as_millis())
    }

    /// The rows of `part` that are wanted, in ascending order.
    pub(crate) fn rows(&self, part: &dyn Part) -> Result<Vec<u32>, Damage> {
        for (column, test) in &self.words {
            if part.words(*column)?.is_some_and(|words| !words.iter().any(test)) {
                return Ok(Vec::new());
            }
        }
        let mut rows: Vec<u32> = (0..u32::try_from(part.rows()).unwrap_or(u32::MAX)).collect();
        for (column, test) in &self.words {
            if rows.is_empty() {
                return Ok(rows);
            }
            let values = part.values_of(*column, &rows)?;
            let (words, ids) = values.words();
            let wanted: Vec<bool> = words.iter().map(test).collect();
            keep(&mut rows, ids, |id| wanted[*id as usize]);
        }
        let filter = self.filter;
        if filter.from.is_some() || filter.to.is_some() {
            let (from, to) = (filter.from.map(|at| at.as_millis()), filter.to.map(|at| at.as_millis()));
            let wanted = |at: &i64| from.is_none_or(|from| *at >= from) && to.is_none_or(|to| *at < to);
            narrow(part, call::AT, &mut rows, |values, rows| keep(rows, values.int64(), wanted))?;
        }
        if let Some(class) = filter.status_class {
            let wanted = |status: &u32| *status / 100 == u32::from(class);
            narrow(part, call::STATUS, &mut rows, |values, rows| keep(rows, values.int32(), wanted))?;
        }
        if filter.slower_than_us.is_some() || filter.faster_than_us.is_some() {
            let (least, most) = (filter.slower_than_us.unwrap_or(0), filter.faster_than_us.unwrap_or(u32::MAX));
            let wanted = |total: &u32| (least..=most).contains(total);
            narrow(part, call::TOTAL, &mut rows, |values, rows| keep(rows, values.int32(), wanted))?;
        }
        if let Some(prefix) = &filter.path_prefix {
            narrow(part, call::PATH, &mut rows, |values, rows| {
                let own = values.rows() == rows.len();
                let mut at = 0;
                rows.retain(|row| {
                    at += 1;
                    let place = if own { at - 1 } else { *row as usize };
                    values.bytes(place).starts_with(prefix.as_bytes())
                });
            })?;
        }
        Ok(rows)
    }
}

fn narrow(
    part: &dyn Part,
    column: usize,
    rows: &mut Vec<u32>,
    keep: impl FnOnce(&crate::columns::Values, &mut Vec<u32>),
) -> Result<(), Damage> {
    if !rows.is_empty() {
        let values = part.values_of(column, rows)?;
        keep(&values, rows);
    }
    Ok(())
}

/// Keeps the rows whose values pass. The values are those of the rows alone, or of the whole column.
fn keep<T>(rows: &mut Vec<u32>, values: &[T], passes: impl Fn(&T) -> bool) {
    if values.len() == rows.len() {
        let mut values = values.iter();
        rows.retain(|_| values.next().is_some_and(&passes));
    } else {
        rows.retain(|row| values.get(*row as usize).is_some_and(&passes));
    }
}
