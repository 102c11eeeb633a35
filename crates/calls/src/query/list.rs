//! A page of calls, newest first; and the call of a request.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::num::NonZero;

use keyward_model::Timestamp;
use keyward_model::call::CallRecord;
use keyward_store::{CallFilter, Page, PageRequest, StoreError};
use uuid::Uuid;

use super::record::records;
use super::select::{Wanted, Whose};
use crate::columns::read::Group;
use crate::columns::{Damage, Part, Table};
use crate::files::{CallFiles, Layer, State, set_aside};
use crate::schema::{CALLS, call};

/// When a call came, and its id: what the list is sorted by.
type Place = (i64, [u8; 16]);

/// How far the time in an id may be from the time of the call: the clock may be set between the two.
const SLACK: i64 = 3600 * 1000;

impl CallFiles {
    /// A page of calls, newest first.
    pub(crate) fn list(
        &self,
        whose: Whose,
        filter: &CallFilter,
        page: &PageRequest,
    ) -> Result<Page<CallRecord>, StoreError> {
        loop {
            // A file that turns out damaged is set aside, and the others are asked anew: each time there are fewer.
            if let Some(page) = self.try_list(whose, filter, page)? {
                return Ok(page);
            }
        }
    }

    fn try_list(
        &self,
        whose: Whose,
        filter: &CallFilter,
        page: &PageRequest,
    ) -> Result<Option<Page<CallRecord>>, StoreError> {
        let after = page.after.as_deref().map(place_of_cursor).transpose()?;
        // One more than the page has, to know whether another follows.
        let most = page.limit.clamp(1, 1000) as usize + 1;
        let to = after.map(|(at, _)| at.saturating_add(1));
        let to = [to, filter.to.map(|to| to.as_millis())].into_iter().flatten().min();
        let filter = CallFilter { to: to.map(Timestamp::from_millis), ..filter.clone() };
        let wanted = Wanted::new(whose, &filter);
        let mut newest = Newest { most, after, places: BinaryHeap::new() };

        // Of memory first, while nothing moves; what is in it is the newest.
        let (in_memory, waiting, groups) = {
            let state = self.shared.state();
            let mut own = Newest { most, after, places: BinaryHeap::new() };
            own.look_at(&wanted, &state.active.calls, 0)?;
            let table = own.take(&[&state.active.calls]).map_err(|(_, damage)| damage)?;
            (table, state.waiting.clone(), groups(&state, &wanted))
        };
        let mut parts: Vec<&dyn Part> = vec![&in_memory];
        parts.extend(waiting.iter().map(|segment| &segment.calls as &dyn Part));
        let first_group = parts.len();
        parts.extend(groups.iter().map(|group| group as &dyn Part));
        for (number, part) in parts[..first_group].iter().enumerate() {
            newest.look_at(&wanted, *part, number)?;
        }
        // Several groups at a time, until none that follows has anything newer: they are sorted by their last call.
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(4);
        for begin in (0..groups.len()).step_by(threads) {
            if newest.is_full_before(groups[begin].range(call::AT).1) {
                break;
            }
            let look = |number: usize| {
                let mut own = Newest { most, after, places: BinaryHeap::new() };
                own.look_at(&wanted, &groups[number], first_group + number).map(|()| own.places)
            };
            let numbers = begin..(begin + threads).min(groups.len());
            let found: Vec<_> = std::thread::scope(|scope| {
                let others: Vec<_> = numbers.clone().skip(1).map(|number| scope.spawn(move || look(number))).collect();
                let own = look(begin);
                [own].into_iter().chain(others.into_iter().filter_map(|thread| thread.join().ok())).collect()
            });
            for (number, found) in numbers.zip(found) {
                match found {
                    Ok(places) => newest.absorb(places),
                    Err(damage) => self.damaged(&groups[number], &damage),
                }
            }
        }
        let rows = match newest.take(&parts) {
            Ok(rows) => rows,
            Err((number, damage)) => {
                let Some(group) = number.checked_sub(first_group).map(|number| &groups[number]) else {
                    return Err(damage.into());
                };
                self.damaged(group, &damage);
                return Ok(None);
            }
        };
        let mut found = records(&rows)?;
        found.sort_by_key(|record| Reverse((record.at, record.request_id)));
        let more = found.len() == most;
        found.truncate(most - 1);
        let next =
            found.last().filter(|_| more).map(|record| format!("{}.{}", record.at.as_millis(), record.request_id));
        Ok(Some(Page { items: found, next }))
    }

    /// The call of a request, found by the time in its id.
    pub(crate) fn find(&self, whose: Whose, request_id: Uuid) -> Result<Option<CallRecord>, StoreError> {
        let millis = i64::try_from(request_id.as_u128() >> 80).unwrap_or(0);
        // The usual case first: an id is made when the head is read.
        for slack in [1000, SLACK] {
            let from = Timestamp::from_millis(millis.saturating_sub(slack));
            let to = Timestamp::from_millis(millis.saturating_add(slack));
            let filter = CallFilter { from: Some(from), to: Some(to), ..CallFilter::default() };
            if let Some(record) = self.find_between(whose, &filter, request_id)? {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    fn find_between(&self, whose: Whose, filter: &CallFilter, id: Uuid) -> Result<Option<CallRecord>, StoreError> {
        let wanted = Wanted::new(whose, filter);
        let (found, waiting, groups) = {
            let state = self.shared.state();
            (one(&state.active.calls, id)?, state.waiting.clone(), groups(&state, &wanted))
        };
        let mut found = found;
        for segment in waiting {
            found = found.map_or_else(|| one(&segment.calls, id), |found| Ok(Some(found)))?;
        }
        for group in &groups {
            if found.is_some() {
                break;
            }
            match one(group, id) {
                Ok(in_group) => found = in_group,
                Err(damage) => self.damaged(group, &damage),
            }
        }
        let team = match whose {
            Whose::Team(team) => Some(team),
            Whose::Everybody => None,
        };
        Ok(found.filter(|record| team.is_none() || record.team == team))
    }

    /// Sets the file of a damaged group aside.
    pub(crate) fn damaged(&self, group: &Group, damage: &Damage) {
        set_aside(group.path(), damage);
        self.shared.state().catalog.remove(group.path());
    }
}

fn one(part: &dyn Part, id: Uuid) -> Result<Option<CallRecord>, Damage> {
    let ids = part.column(call::REQUEST_ID)?;
    let Some(row) = ids.uuids().iter().position(|found| found == id.as_bytes()) else { return Ok(None) };
    let mut table = Table::new(&CALLS);
    table.append(part, &[u32::try_from(row).unwrap_or(u32::MAX)])?;
    Ok(records(&table)?.pop())
}

/// The row groups that may hold wanted calls, those with the newest first. Opened while nothing moves, they stay
/// readable when their file is merged away.
pub(super) fn groups(state: &State, wanted: &Wanted<'_>) -> Vec<Group> {
    let mut groups = Vec::new();
    for file in state.catalog.layer(Layer::Calls).values().flatten() {
        if file.range(call::AT).is_none_or(|(first, last)| wanted.may_lie(first, last)) {
            match file.groups(&CALLS) {
                Ok(of_file) => groups.extend(of_file),
                Err(damage) => tracing::error!(file = %file.path.display(), %damage, "a file of calls cannot be read"),
            }
        }
    }
    groups.retain(|group| {
        let (first, last) = group.range(call::AT);
        wanted.may_lie(first, last)
    });
    groups.sort_by_key(|group| Reverse(group.range(call::AT).1));
    groups
}

/// The newest calls met so far: where they stand in the list, and where they lie.
struct Newest {
    most: usize,
    after: Option<Place>,
    places: BinaryHeap<Reverse<(Place, usize, u32)>>,
}

impl Newest {
    fn look_at(&mut self, wanted: &Wanted<'_>, part: &dyn Part, number: usize) -> Result<(), Damage> {
        let rows = wanted.rows(part)?;
        if rows.is_empty() {
            return Ok(());
        }
        let times = part.values_of(call::AT, &rows)?;
        let at = |index: usize| {
            let place = if times.rows() == rows.len() { index } else { rows[index] as usize };
            times.int64()[place]
        };
        // By time alone, whoever cannot come among the newest is left out before ids are read.
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_unstable_by_key(|index| Reverse(at(*index)));
        // Those of the cursor's own millisecond may all stand before it.
        let tied = self.after.map_or(0, |after| order.iter().take_while(|index| at(**index) >= after.0).count());
        if let Some(least) = order.get((self.most + tied).min(order.len()) - 1).map(|index| at(*index)) {
            order.retain(|index| at(*index) >= least);
        }
        let mut near: Vec<u32> = order.iter().map(|index| rows[*index]).collect();
        near.sort_unstable();
        let ids = part.values_of(call::REQUEST_ID, &near)?;
        let times = part.values_of(call::AT, &near)?;
        for (index, row) in near.iter().enumerate() {
            let own = |rows: usize| if rows == near.len() { index } else { *row as usize };
            let place = (times.int64()[own(times.rows())], ids.uuids()[own(ids.rows())]);
            if self.after.is_some_and(|after| place >= after) {
                continue;
            }
            self.add(Reverse((place, number, *row)));
        }
        Ok(())
    }

    fn add(&mut self, place: Reverse<(Place, usize, u32)>) {
        self.places.push(place);
        if self.places.len() > self.most {
            self.places.pop();
        }
    }

    fn absorb(&mut self, places: BinaryHeap<Reverse<(Place, usize, u32)>>) {
        places.into_iter().for_each(|place| self.add(place));
    }

    fn is_full_before(&self, last: i64) -> bool {
        self.places.len() == self.most && self.places.peek().is_some_and(|Reverse(((at, _), _, _))| *at > last)
    }

    /// The rows themselves; or which part could not be read.
    fn take(self, parts: &[&dyn Part]) -> Result<Table, (usize, Damage)> {
        let mut rows: Vec<(usize, u32)> = self.places.into_iter().map(|Reverse((_, part, row))| (part, row)).collect();
        rows.sort_unstable();
        let mut table = Table::new(&CALLS);
        for of_part in rows.chunk_by(|one, other| one.0 == other.0) {
            let rows: Vec<u32> = of_part.iter().map(|(_, row)| *row).collect();
            let number = of_part[0].0;
            table.append(parts[number], &rows).map_err(|damage| (number, damage))?;
        }
        Ok(table)
    }
}

fn place_of_cursor(cursor: &str) -> Result<Place, StoreError> {
    let (at, id) = cursor.split_once('.').ok_or(StoreError::BadCursor)?;
    let id: Uuid = id.parse().map_err(|_| StoreError::BadCursor)?;
    Ok((at.parse().map_err(|_| StoreError::BadCursor)?, *id.as_bytes()))
}

impl From<Damage> for StoreError {
    fn from(damage: Damage) -> Self {
        match damage {
            Damage::Io(_) => StoreError::Unavailable(damage.to_string()),
            Damage::Content(_) => StoreError::Corrupt { what: format!("a file of calls: {damage}") },
        }
    }
}
