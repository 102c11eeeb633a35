//! Calls counted since the start, for whoever watches by numbers that only grow.
//!
//! Nothing is counted for it on the path of a call, and next to nothing behind it: the rollup of what is in memory has
//! these counts already. They are added up when they are asked for, and when a segment is full.

use std::collections::{BTreeMap, HashMap};

use crate::histogram::Histogram;
use crate::schema::call;
use crate::segment::Segment;

/// Apis counted apart; calls of those beyond are counted together.
const MOST_APIS: usize = 1000;
/// Routes counted apart, over all apis; calls of those beyond are counted together, api by api.
const MOST_ROUTES: usize = 2000;
/// What these are counted under.
const OTHER: &str = "other";

/// Calls since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallTotals {
    /// By team (its id) and api (its name with the version). Both are empty for calls that reached no api; both are
    /// `other` beyond the first thousand.
    pub apis: BTreeMap<(String, String), ApiTotals>,
    /// How many routes are counted apart.
    routes: usize,
}

/// Calls of one api since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiTotals {
    /// By the first digit of the status; at 0 those whose caller was gone before.
    pub statuses: [u64; 6],
    /// By route, and there by the first digit of the status. Under the empty name those that reached no route; under
    /// `other` those beyond the bound.
    pub routes: BTreeMap<String, [u64; 6]>,
    /// By the code they were refused or failed with.
    pub codes: BTreeMap<String, u64>,
    /// How long they took.
    pub took: Histogram,
    /// Bytes of their bodies.
    pub bytes_in: u64,
    /// Bytes of the bodies of their answers.
    pub bytes_out: u64,
}

impl CallTotals {
    /// The calls of `segment`.
    pub(crate) fn of(segment: &Segment) -> Self {
        let word = |column: usize, id: u32| segment.calls.columns[column].words().0.bytes(id);
        let text = |column: usize, id: u32| String::from_utf8_lossy(word(column, id)).into_owned();
        // Each api once, and for each cell which it is of: most calls are found by two look-ups in lists.
        let mut known: HashMap<(u32, u32), usize> = HashMap::new();
        let mut apis: Vec<((String, String), ApiTotals)> = Vec::new();
        let mut of_cell: Vec<usize> = Vec::new();
        let mut routes: HashMap<(usize, u32), [u64; 6]> = HashMap::new();
        for (dimensions, sums) in segment.cells.sums() {
            let ([team, _, _, api, route, _, _, code], status) = segment.dimensions(dimensions);
            let place = *known.entry((team, api)).or_insert_with(|| {
                apis.push(((text(call::TEAM, team), text(call::API_NAME, api)), ApiTotals::default()));
                apis.len() - 1
            });
            of_cell.push(place);
            let totals = &mut apis[place].1;
            let class = usize::try_from(status / 100).unwrap_or(0).min(5);
            totals.statuses[class] += sums.calls;
            routes.entry((place, route)).or_default()[class] += sums.calls;
            if !word(call::CODE, code).is_empty() {
                *totals.codes.entry(text(call::CODE, code)).or_default() += sums.calls;
            }
            totals.bytes_in += sums.bytes_in;
            totals.bytes_out += sums.bytes_out;
        }
        segment.cells.samples(|cell, bucket, calls| apis[of_cell[cell as usize]].1.took.add(bucket, calls));
        for ((place, route), statuses) in routes {
            apis[place].1.routes.insert(text(call::ROUTE, route), statuses);
        }
        let mut totals = Self::default();
        for ((team, name), counted) in apis {
            totals.add(&team, &name, &counted);
        }
        totals
    }

    fn add(&mut self, team: &str, name: &str, theirs: &ApiTotals) {
        for (route, theirs) in &theirs.routes {
            let ours = self.route(team, name, route);
            ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| *ours += theirs);
        }
        let ours = self.api(team, name);
        ours.statuses.iter_mut().zip(theirs.statuses).for_each(|(ours, theirs)| *ours += theirs);
        theirs.codes.iter().for_each(|(code, calls)| *ours.codes.entry(code.clone()).or_default() += calls);
        ours.took.merge(&theirs.took);
        ours.bytes_in += theirs.bytes_in;
        ours.bytes_out += theirs.bytes_out;
    }

    fn api(&mut self, team: &str, api: &str) -> &mut ApiTotals {
        let mut key = (team.to_owned(), api.to_owned());
        if self.apis.len() >= MOST_APIS && !self.apis.contains_key(&key) {
            key = (OTHER.to_owned(), OTHER.to_owned());
        }
        self.apis.entry(key).or_default()
    }

    fn route(&mut self, team: &str, api: &str, route: &str) -> &mut [u64; 6] {
        let is_full = self.routes >= MOST_ROUTES;
        let is_new = !self.api(team, api).routes.contains_key(route);
        let route = if is_full && is_new { OTHER } else { route };
        if is_new && !is_full {
            self.routes += 1;
        }
        self.api(team, api).routes.entry(route.to_owned()).or_default()
    }

    /// Takes in what `other` counted.
    pub(crate) fn absorb(&mut self, other: &Self) {
        for ((team, name), theirs) in &other.apis {
            self.add(team, name, theirs);
        }
    }

    /// Leaves out what was counted before: `before` is a part of this.
    pub(crate) fn without(mut self, before: &Self) -> Self {
        for (key, theirs) in &before.apis {
            let Some(ours) = self.apis.get_mut(key) else { continue };
            let less = |ours: &mut u64, theirs: u64| *ours = ours.saturating_sub(theirs);
            ours.statuses.iter_mut().zip(theirs.statuses).for_each(|(ours, theirs)| less(ours, theirs));
            for (route, calls) in &theirs.routes {
                let Some(ours) = ours.routes.get_mut(route) else { continue };
                ours.iter_mut().zip(calls).for_each(|(ours, theirs)| less(ours, *theirs));
            }
            ours.routes.retain(|_, calls| calls.iter().any(|calls| *calls > 0));
            for (code, calls) in &theirs.codes {
                ours.codes.get_mut(code).into_iter().for_each(|ours| less(ours, *calls));
            }
            let mut took = Histogram::default();
            let before: BTreeMap<u16, u64> = theirs.took.buckets().collect();
            for (bucket, calls) in ours.took.buckets() {
                took.add(bucket, calls.saturating_sub(before.get(&bucket).copied().unwrap_or(0)));
            }
            ours.took = took;
            less(&mut ours.bytes_in, theirs.bytes_in);
            less(&mut ours.bytes_out, theirs.bytes_out);
        }
        self.apis.retain(|_, api| api.statuses.iter().any(|calls| *calls > 0));
        self.routes = self.apis.values().map(|api| api.routes.len()).sum();
        self
    }
}

#[cfg(test)]
mod tests {
    use keyward_model::call::CallRecord;
    use uuid::Uuid;

    use super::*;
    use crate::call::Call;
    use crate::frame::{self, frames};
    use crate::geo::Geo;

    fn segment(calls: u128) -> Segment {
        let mut segment = Segment::new(0);
        for number in 0..calls {
            let text = serde_json::json!({
                "request_id": Uuid::from_u128(number), "at": "2030-01-31T12:00:00Z", "api_name": "orders.v1",
                "method": "GET", "path": "/", "team": null, "app": null, "token": null, "api": null, "route": null,
                "rule": null, "target": null, "revision": 1, "status": if number % 4 == 0 { 429 } else { 200 },
                "code": if number % 4 == 0 { Some("rate_limited") } else { None }, "address": "192.0.2.1",
                "bytes_in": 1, "bytes_out": 10, "cost": 1, "timing": {
                    "queue_us": 0, "decide_us": 0, "connect_us": 0, "first_byte_us": 0, "total_us": 1000 * number,
                },
            });
            let record: CallRecord = serde_json::from_value(text).expect("a record");
            let mut bytes = Vec::new();
            frame::encode(&Call::from(&record), &mut bytes);
            frames(&bytes).for_each(|frame| segment.take(&frame, &Geo::default()));
        }
        segment
    }

    #[test]
    fn a_segment_is_counted_and_what_was_there_before_is_not() {
        let (before, all) = (CallTotals::of(&segment(4)), CallTotals::of(&segment(12)));
        let key = (String::new(), "orders.v1".to_owned());
        let api = &all.apis[&key];
        assert_eq!((api.statuses, api.codes["rate_limited"], api.bytes_out), ([0, 0, 9, 0, 3, 0], 3, 120));
        assert_eq!(api.took.calls(), 12);
        let since = all.clone().without(&before);
        let api = &since.apis[&key];
        assert_eq!((api.statuses, api.codes["rate_limited"], api.bytes_in), ([0, 0, 6, 0, 2, 0], 2, 8));
        assert_eq!(api.took.calls(), 8);
        let mut twice = since;
        twice.absorb(&before);
        assert_eq!(twice, all);
        assert!(before.clone().without(&before).apis.is_empty());
    }

    #[test]
    fn routes_beyond_the_bound_are_counted_together_and_none_is_lost() {
        let mut totals = CallTotals::default();
        for number in 0..MOST_ROUTES + 5 {
            totals.route("team", "orders.v1", &format!("route{number}"))[2] += 1;
        }
        totals.route("team", "orders.v1", "route0")[4] += 1;
        totals.route("team", "users.v1", "list")[2] += 1;
        let routes = &totals.apis[&("team".to_owned(), "orders.v1".to_owned())].routes;
        assert_eq!((routes.len(), routes["route0"], routes[OTHER][2]), (MOST_ROUTES + 1, [0, 0, 1, 0, 1, 0], 5));
        assert_eq!(totals.apis[&("team".to_owned(), "users.v1".to_owned())].routes[OTHER][2], 1);
        let all = CallTotals::of(&segment(12));
        let api = &all.apis[&(String::new(), "orders.v1".to_owned())];
        assert_eq!(api.routes[""], api.statuses);
        assert_eq!(all.clone().without(&CallTotals::of(&segment(4))).routes, 1);
    }

    #[test]
    fn apis_beyond_the_bound_are_counted_together() {
        let mut totals = CallTotals::default();
        for number in 0..MOST_APIS + 5 {
            totals.api("team", &format!("api{number}.v1")).statuses[2] += 1;
        }
        totals.api("team", "api0.v1").statuses[2] += 1;
        assert_eq!(totals.apis.len(), MOST_APIS + 1);
        assert_eq!(totals.apis[&(OTHER.to_owned(), OTHER.to_owned())].statuses[2], 5);
        assert_eq!(totals.apis[&("team".to_owned(), "api0.v1".to_owned())].statuses[2], 2);
    }
}
