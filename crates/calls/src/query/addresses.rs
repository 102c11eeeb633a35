//! Where calls come from.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use keyward_model::Timestamp;
use keyward_store::{AddressOrder, AddressRow, Addresses, CallFilter, StoreError};

use super::Whose;
use super::list::groups;
use super::select::{Wanted, refuses};
use crate::columns::{Damage, Part};
use crate::files::CallFiles;
use crate::schema::call;

/// The calls from each address, by its text and the country it was in.
type Counted = HashMap<(Box<[u8]>, Box<[u8]>), Count>;

/// Calls from one address.
#[derive(Clone, Copy)]
struct Count {
    calls: u64,
    refused: u64,
    errors: u64,
    last_at: i64,
}

impl CallFiles {
    /// Where the calls came from whose details are kept.
    pub(crate) fn addresses(
        &self,
        whose: Whose,
        filter: &CallFilter,
        order: AddressOrder,
    ) -> Result<Addresses, StoreError> {
        let wanted = Wanted::new(whose, filter);
        let mut counted = Counted::new();
        let (waiting, groups) = {
            let state = self.shared.state();
            count(&wanted, &state.active.calls, &mut counted)?;
            (state.waiting.clone(), groups(&state, &wanted))
        };
        for segment in waiting {
            count(&wanted, &segment.calls, &mut counted)?;
        }
        let next = AtomicUsize::new(0);
        let all = Mutex::new(counted);
        let work = || {
            let mut own = Counted::new();
            while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                // Counted apart: of a group that turns out damaged nothing counts.
                let mut of_group = Counted::new();
                match count(&wanted, group, &mut of_group) {
                    Ok(()) => merge(&mut own, of_group),
                    Err(damage) => self.damaged(group, &damage),
                }
            }
            merge(&mut all.lock().unwrap_or_else(std::sync::PoisonError::into_inner), own);
        };
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(4).min(groups.len());
        std::thread::scope(|scope| {
            (1..threads).for_each(|_| drop(scope.spawn(work)));
            work();
        });
        let counted = all.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut rows: HashMap<_, AddressRow> = HashMap::new();
        for ((address, country), count) in counted {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let Ok(address) = text(&address).parse() else { continue };
            let row = AddressRow {
                address,
                country: text(&country).parse().ok(),
                calls: count.calls,
                refused: count.refused,
                errors: count.errors,
                last_at: Timestamp::from_millis(count.last_at),
            };
            rows.entry(address).and_modify(|known| known.add(&row)).or_insert(row);
        }
        Ok(Addresses::of(rows.into_values().collect(), order))
    }
}

fn merge(into: &mut Counted, from: Counted) {
    for (key, count) in from {
        into.entry(key).and_modify(|known| known.add(count)).or_insert(count);
    }
}

/// Counts the wanted calls of a part: by the places in its dictionaries first, which are few.
fn count(wanted: &Wanted<'_>, part: &dyn Part, into: &mut Counted) -> Result<(), Damage> {
    let rows = wanted.rows(part)?;
    if rows.is_empty() {
        return Ok(());
    }
    let column = |number| part.values_of(number, &rows);
    let (addresses, countries, codes) = (column(call::ADDRESS)?, column(call::COUNTRY)?, column(call::CODE)?);
    let (statuses, times) = (column(call::STATUS)?, column(call::AT)?);
    let refused: Vec<bool> = codes.words().0.iter().map(refuses).collect();
    let mut by_place: HashMap<(u32, u32), Count> = HashMap::new();
    for (index, row) in rows.iter().enumerate() {
        // The values are those of the rows alone, or of the whole column.
        let own = |length: usize| if length == rows.len() { index } else { *row as usize };
        let status = statuses.int32()[own(statuses.rows())];
        let is_refused = refused[codes.words().1[own(codes.rows())] as usize];
        let one = Count {
            calls: 1,
            refused: u64::from(is_refused),
            errors: u64::from(!is_refused && (status >= 500 || status == 0)),
            last_at: times.int64()[own(times.rows())],
        };
        let place = (addresses.words().1[own(addresses.rows())], countries.words().1[own(countries.rows())]);
        by_place.entry(place).and_modify(|known| known.add(one)).or_insert(one);
    }
    for ((address, country), count) in by_place {
        let key = (addresses.words().0.bytes(address).into(), countries.words().0.bytes(country).into());
        into.entry(key).and_modify(|known| known.add(count)).or_insert(count);
    }
    Ok(())
}

impl Count {
    fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.refused += other.refused;
        self.errors += other.errors;
        self.last_at = self.last_at.max(other.last_at);
    }
}
