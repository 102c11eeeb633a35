//! Charts: sums and percentiles of calls by time, grouped and filtered, over the rollups.

use std::collections::HashMap;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use keyward_model::Timestamp;
use keyward_store::StoreError;

use super::Whose;
use super::axis::Axis;
use crate::analytics::{
    Analytics, AnalyticsError, AnalyticsQuery, Before, Bucket, BucketState, Counts, Dimension, Figures, Line, Series,
};
use crate::columns::{Damage, Part, Words};
use crate::files::{CallFiles, Layer, Level, levels, set_aside};
use crate::histogram::Histogram;
use crate::query::select::refuses;
use crate::rollup;
use crate::schema::{ROLLUP, rollup as column};
use crate::tally::Sums;

/// Values that a chart may have: each may take up to 7 KB while it is added up, on each of up to four threads.
const MOST_VALUES: usize = 20_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What a series is of.
type Key = Vec<Vec<u8>>;

/// Where rollups come from.
pub(crate) trait Rollups {
    /// Those that may lie in the points of `axis`, as coarse as these allow, and without apps and tokens where nobody asks
    /// for them.
    fn parts(&self, axis: &Axis, callers: bool) -> Result<Vec<Box<dyn Part + Send>>, StoreError>;

    /// Takes a damaged file out of the way. What it held is missing from then on, and the log says so.
    fn set_aside(&self, path: &Path, damage: &Damage) {
        let _ = (path, damage);
    }
}

/// Why a scan came to nothing.
enum Trouble {
    Chart(AnalyticsError),
    /// A file is damaged; the others can be asked anew.
    File(PathBuf, Damage),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Chart(error.into())
    }
}

/// Answers a query. `spans` says when calls were recorded.
pub(crate) fn chart(
    rollups: &dyn Rollups,
    whose: Whose,
    query: &AnalyticsQuery,
    now: Timestamp,
    spans: &[(i64, i64)],
) -> Result<Analytics, AnalyticsError> {
    loop {
        // Each time there is a file less.
        match try_chart(rollups, whose, query, now, spans) {
            Ok(chart) => return Ok(chart),
            Err(Trouble::Chart(error)) => return Err(error),
            Err(Trouble::File(path, damage)) => rollups.set_aside(&path, &damage),
        }
    }
}

fn try_chart(
    rollups: &dyn Rollups,
    whose: Whose,
    query: &AnalyticsQuery,
    now: Timestamp,
    spans: &[(i64, i64)],
) -> Result<Analytics, Trouble> {
    if query.group_by.len() > 2 {
        return Err(Trouble::Chart(AnalyticsError::Grouping));
    }
    let axis = Axis::of(query).map_err(Trouble::Chart)?;
    let tests = tests(whose, query);
    let callers = asks_for_callers(query);
    let shown = if query.group_by.is_empty() {
        Shown { keys: vec![Vec::new()], other: false }
    } else {
        // Which are the largest can be told from coarser rollups than their points.
        let whole = axis.as_one();
        top(&rollups.parts(&whole, callers)?, &whole, query, &tests)?
    };
    if (shown.keys.len() + usize::from(shown.other)) * axis.points() > MOST_VALUES {
        return Err(Trouble::Chart(AnalyticsError::TooLarge { most: MOST_VALUES }));
    }
    let cells = scan(&rollups.parts(&axis, callers)?, &axis, query, &tests, &shown)?;
    let previous = if query.compare_with_previous {
        let before = axis.before(query).map_err(Trouble::Chart)?;
        let cells = scan(&rollups.parts(&before, callers)?, &before, query, &tests, &shown)?;
        Some((before, cells))
    } else {
        None
    };
    let buckets = |axis: &Axis| (0..axis.points()).map(|point| bucket(axis, point, now, spans)).collect::<Vec<_>>();
    let own_buckets = buckets(&axis);
    let before = previous.as_ref().map(|(before, _)| Before {
        from: Timestamp::from_millis(before.from()),
        to: Timestamp::from_millis(before.to()),
        buckets: buckets(before),
    });
    let mut names: Vec<(Option<&Key>, bool)> = shown.keys.iter().map(|key| (Some(key), false)).collect();
    if shown.other {
        names.push((None, true));
    }
    let series = names
        .into_iter()
        .enumerate()
        .map(|(number, (key, other))| {
            let row =
                |cells: &[Cell], buckets: &[Bucket]| line(&cells[number * axis.points()..][..axis.points()], buckets);
            let cells_before = previous.as_ref().map(|(_, cells)| cells.as_slice());
            Series {
                key: key.map_or_else(Vec::new, |key| key.iter().map(|word| text(word)).collect()),
                other,
                own: row(&cells, &own_buckets),
                previous: cells_before.zip(before.as_ref()).map(|(cells, before)| row(cells, &before.buckets)),
            }
        })
        .collect();
    Ok(Analytics {
        from: Timestamp::from_millis(axis.from()),
        to: Timestamp::from_millis(axis.to()),
        step: query.step,
        zone: query.zone.clone(),
        group_by: query.group_by.clone(),
        buckets: own_buckets,
        previous: before,
        series,
    })
}

fn asks_for_callers(query: &AnalyticsQuery) -> bool {
    let grouped = query.group_by.iter().any(|dimension| matches!(dimension, Dimension::App | Dimension::Token));
    grouped || query.filter.app.is_some() || query.filter.token.is_some()
}

/// What is known of a row of cells. Calls that are there are known, whatever the times of recording say.
fn line(cells: &[Cell], buckets: &[Bucket]) -> Line {
    let known = |cell: &Cell, bucket: &Bucket| bucket.state != BucketState::Unknown || cell.sums.calls > 0;
    let points = cells.iter().zip(buckets).map(|(cell, bucket)| known(cell, bucket).then(|| cell.figures()));
    let points: Vec<Option<Figures>> = points.collect();
    let mut total = Cell::default();
    cells.iter().for_each(|cell| total.merge(cell));
    Line { total: points.iter().any(Option::is_some).then(|| total.figures()), points }
}

/// Counts calls by what `query` groups them by, over its whole range.
pub(crate) fn counts(
    rollups: &dyn Rollups,
    whose: Whose,
    query: &AnalyticsQuery,
    now: Timestamp,
    spans: &[(i64, i64)],
) -> Result<Counts, AnalyticsError> {
    let axis = Axis::whole(query)?;
    let tests = tests(whose, query);
    let totals = loop {
        let parts = rollups.parts(&axis, asks_for_callers(query))?;
        match totals(&parts, &axis, query, &tests) {
            Ok(totals) => break totals,
            Err(Trouble::Chart(error)) => return Err(error),
            Err(Trouble::File(path, damage)) => rollups.set_aside(&path, &damage),
        }
    };
    let rows: Vec<(Vec<Option<String>>, u64)> =
        totals.iter().map(|(key, calls)| (key.iter().map(|word| text(word)).collect(), *calls)).collect();
    let state = match bucket(&axis, 0, now, spans).state {
        BucketState::Unknown if !rows.is_empty() => BucketState::Incomplete,
        state => state,
    };
    Ok(Counts { from: Timestamp::from_millis(axis.from()), to: Timestamp::from_millis(axis.to()), state, rows })
}

impl Rollups for CallFiles {
    fn set_aside(&self, path: &Path, damage: &Damage) {
        set_aside(path, damage);
        self.shared.state().catalog.remove(path);
    }

    fn parts(&self, axis: &Axis, callers: bool) -> Result<Vec<Box<dyn Part + Send>>, StoreError> {
        use Level::{CallerlessHours, CallerlessMinutes, Days, Hours, Minutes};
        let (from, to) = (axis.from(), axis.to());
        // The coarsest that is fine enough comes first, and where the fine ones are gone, the finest there is.
        let wanted = match (callers, axis.is_of(DAY), axis.is_of(HOUR)) {
            (true, true, _) => [Days, Hours, Minutes].as_slice(),
            (true, _, true) => &[Hours, Minutes, Days],
            (true, _, _) => &[Minutes, Hours, Days],
            (false, _, true) => &[CallerlessHours, CallerlessMinutes, Hours, Minutes, Days],
            (false, _, _) => &[CallerlessMinutes, Minutes, CallerlessHours, Hours, Days],
        };
        let mut parts: Vec<Box<dyn Part + Send>> = Vec::new();
        let waiting = {
            let state = self.shared.state();
            parts.push(Box::new(rollup::table(&state.active)));
            for file in state.catalog.between(Layer::Rollup, from, to) {
                if file.range(column::AT).is_some_and(|(first, last)| last < from - DAY || first >= to) {
                    continue;
                }
                let groups = match file.groups(&ROLLUP) {
                    Ok(groups) => groups,
                    Err(damage) => {
                        tracing::error!(file = %file.path.display(), %damage, "a file of rollups cannot be read");
                        continue;
                    }
                };
                let levels = levels(&file);
                let level = wanted.iter().map(|level| *level as usize).find(|level| levels[*level] > 0).unwrap_or(0);
                let skipped: usize = levels[..level].iter().sum();
                for group in groups.into_iter().skip(skipped).take(levels[level]) {
                    let (first, last) = group.range(column::AT);
                    if last >= from && first < to {
                        parts.push(Box::new(group));
                    }
                }
            }
            state.waiting.clone()
        };
        parts.extend(waiting.iter().map(|segment| Box::new(rollup::table(segment)) as Box<dyn Part + Send>));
        Ok(parts)
    }
}

/// The series that are shown: the largest by calls, and whether all others stand together behind them.
struct Shown {
    keys: Vec<Key>,
    other: bool,
}

/// What the words of a column have to be.
type Test = Box<dyn Fn(&[u8]) -> bool + Send + Sync>;
type Tests = Vec<(usize, Test)>;

fn tests(whose: Whose, query: &AnalyticsQuery) -> Tests {
    let filter = &query.filter;
    let mut tests: Tests = Vec::new();
    let mut test = |column: usize, text: Option<String>| {
        let is = |text: String| -> Test { Box::new(move |word| word == text.as_bytes()) };
        tests.extend(text.map(|text| (column, is(text))));
    };
    if let Whose::Team(team) = whose {
        test(column::TEAM, Some(team.to_string()));
    }
    test(column::TOKEN, filter.token.map(|token| token.to_string()));
    test(column::APP, filter.app.map(|app| app.to_string()));
    test(column::API, filter.api.as_ref().map(ToString::to_string));
    test(column::ROUTE, filter.route.as_ref().map(ToString::to_string));
    test(column::COUNTRY, filter.country.map(|country| country.to_string()));
    test(column::CODE, filter.code.map(|code| code.to_string()));
    test(column::METHOD, filter.method.clone());
    if let Some(allowed) = filter.allowed {
        tests.push((column::CODE, Box::new(move |code| refuses(code) != allowed)));
    }
    tests
}

/// Rows of a part that count, and the group that each is of.
struct Chosen {
    rows: Vec<u32>,
    groups: Vec<u32>,
    keys: Vec<Key>,
}

fn choose(part: &dyn Part, axis: &Axis, query: &AnalyticsQuery, tests: &Tests) -> Result<Chosen, Damage> {
    let nothing = || Chosen { rows: Vec::new(), groups: Vec::new(), keys: Vec::new() };
    for (column, wanted) in tests {
        if part.words(*column)?.is_some_and(|words| !words.iter().any(wanted)) {
            return Ok(nothing());
        }
    }
    let times = part.column(column::AT)?;
    let mut rows: Vec<u32> = (0u32..)
        .zip(times.int64())
        .filter(|(_, at)| (axis.from()..axis.to()).contains(at))
        .map(|(row, _)| row)
        .collect();
    for (column, wanted) in tests {
        let values = part.column(*column)?;
        let (words, ids) = values.words();
        let fits: Vec<bool> = words.iter().map(wanted).collect();
        rows.retain(|row| fits[ids[*row as usize] as usize]);
    }
    if let Some(class) = query.filter.status_class {
        let statuses = part.column(column::STATUS)?;
        rows.retain(|row| statuses.int32()[*row as usize] / 100 == u32::from(class));
    }
    let (mut groups, mut keys) = (vec![0; rows.len()], vec![Vec::new()]);
    for dimension in &query.group_by {
        (groups, keys) = group(part, *dimension, &rows, &groups, &keys)?;
    }
    Ok(Chosen { rows, groups, keys })
}

/// Divides groups further by a dimension.
fn group(
    part: &dyn Part,
    dimension: Dimension,
    rows: &[u32],
    groups: &[u32],
    keys: &[Key],
) -> Result<(Vec<u32>, Vec<Key>), Damage> {
    let values = part.column(dimension.column())?;
    let statuses: Vec<Vec<u8>> = (0..=9).map(|class| format!("{class}xx").into_bytes()).collect();
    let (words, ids) = values.words();
    let word = |row: u32| match dimension {
        Dimension::StatusClass => (values.int32()[row as usize] / 100).min(9),
        _ => ids[row as usize],
    };
    let among = if dimension == Dimension::StatusClass { statuses.len() } else { words.len() };
    let mut known = Numbers::of(keys.len() * among);
    let mut divided = Vec::with_capacity(rows.len());
    let mut made: Vec<Key> = Vec::new();
    for (row, group) in rows.iter().zip(groups) {
        let number = known.number(*group as usize * among + word(*row) as usize);
        if number as usize == made.len() {
            let mut key = keys[*group as usize].clone();
            key.push(match dimension {
                Dimension::StatusClass => statuses[word(*row) as usize].clone(),
                _ => words.bytes(word(*row)).to_vec(),
            });
            made.push(key);
        }
        divided.push(number);
    }
    Ok((divided, made))
}

/// Numbers places from 0 as they come up. A table of all places is looked up ten times as fast as a map of those there
/// are, and is taken where it is not too large for that.
struct Numbers {
    table: Vec<u32>,
    map: HashMap<usize, u32, foldhash::fast::RandomState>,
    next: u32,
}

impl Numbers {
    const LARGEST: usize = 1 << 18;
    const NONE: u32 = u32::MAX;

    fn of(places: usize) -> Self {
        let table = if places <= Self::LARGEST { vec![Self::NONE; places] } else { Vec::new() };
        Self { table, map: HashMap::default(), next: 0 }
    }

    fn number(&mut self, place: usize) -> u32 {
        let number = match self.table.get_mut(place) {
            Some(number) => number,
            None => self.map.entry(place).or_insert(Self::NONE),
        };
        if *number == Self::NONE {
            *number = self.next;
            self.next += 1;
        }
        *number
    }
}

/// Which series are the largest.
fn top(parts: &[Box<dyn Part + Send>], axis: &Axis, query: &AnalyticsQuery, tests: &Tests) -> Result<Shown, Trouble> {
    let all = totals(parts, axis, query, tests)?;
    let other = all.len() > query.top;
    Ok(Shown { keys: all.into_iter().take(query.top).map(|(key, _)| key).collect(), other })
}

/// How many calls there are of each group, the largest first.
fn totals(
    parts: &[Box<dyn Part + Send>],
    axis: &Axis,
    query: &AnalyticsQuery,
    tests: &Tests,
) -> Result<Vec<(Key, u64)>, Trouble> {
    let totals = in_parallel(parts, |part, totals: &mut HashMap<Key, u64, foldhash::fast::RandomState>| {
        let chosen = choose(part, axis, query, tests)?;
        let calls = part.column(column::CALLS)?;
        let mut of_part = vec![0u64; chosen.keys.len()];
        for (row, group) in chosen.rows.iter().zip(&chosen.groups) {
            of_part[*group as usize] += u64::from(calls.int32()[*row as usize]);
        }
        for (key, calls) in chosen.keys.into_iter().zip(of_part).filter(|(_, calls)| *calls > 0) {
            *totals.entry(key).or_default() += calls;
        }
        Ok(())
    })?;
    let mut all: HashMap<Key, u64, foldhash::fast::RandomState> = HashMap::default();
    for (key, calls) in totals.into_iter().flatten() {
        *all.entry(key).or_default() += calls;
    }
    let mut all: Vec<(Key, u64)> = all.into_iter().collect();
    all.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    Ok(all)
}

/// What is added up for a point of a series.
#[derive(Clone, Default)]
struct Cell {
    sums: Sums,
    refusals: u64,
    errors: u64,
    total: Histogram,
    first_byte: Histogram,
}

impl Cell {
    fn merge(&mut self, other: &Self) {
        self.sums.add(other.sums);
        self.refusals += other.refusals;
        self.errors += other.errors;
        self.total.merge(&other.total);
        self.first_byte.merge(&other.first_byte);
    }

    fn figures(&self) -> Figures {
        let Sums { calls, bytes_in, bytes_out, cost } = self.sums;
        let [p50_us, p95_us, p99_us] = [0.5, 0.95, 0.99].map(|share| self.total.percentile(share));
        let [first_byte_p50_us, first_byte_p95_us, first_byte_p99_us] =
            [0.5, 0.95, 0.99].map(|share| self.first_byte.percentile(share));
        Figures {
            calls,
            refusals: self.refusals,
            errors: self.errors,
            bytes_in,
            bytes_out,
            cost,
            p50_us,
            p95_us,
            p99_us,
            first_byte_p50_us,
            first_byte_p95_us,
            first_byte_p99_us,
        }
    }
}

/// The histograms of a dictionary, read once.
struct Histograms {
    buckets: Vec<(u16, u64)>,
    ends: Vec<usize>,
}

impl Histograms {
    fn of(words: &Words) -> Self {
        let mut read = Self { buckets: Vec::new(), ends: Vec::with_capacity(words.len()) };
        for word in words.iter() {
            read.buckets.extend(rollup::buckets(word));
            read.ends.push(read.buckets.len());
        }
        read
    }

    fn at(&self, id: u32) -> &[(u16, u64)] {
        let id = id as usize;
        &self.buckets[id.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[id]]
    }
}

/// Adds up every point of every series that is shown; all others in one more series, if there are any.
fn scan(
    parts: &[Box<dyn Part + Send>],
    axis: &Axis,
    query: &AnalyticsQuery,
    tests: &Tests,
    shown: &Shown,
) -> Result<Vec<Cell>, Trouble> {
    let count = shown.keys.len() + usize::from(shown.other);
    let place_of: HashMap<&Key, usize> = shown.keys.iter().enumerate().map(|(place, key)| (key, place)).collect();
    let of_threads = in_parallel(parts, |part, cells: &mut Vec<Cell>| {
        cells.resize(count * axis.points(), Cell::default());
        let chosen = choose(part, axis, query, tests)?;
        if chosen.rows.is_empty() {
            return Ok(());
        }
        // A key that came up since the largest were found belongs to the others, if there are any.
        let others = shown.other.then_some(shown.keys.len());
        let places: Vec<Option<usize>> = chosen.keys.iter().map(|key| place_of.get(key).copied().or(others)).collect();
        let columns = [column::AT, column::STATUS, column::CODE, column::CALLS, column::BYTES_IN, column::BYTES_OUT]
            .into_iter()
            .chain([column::COST, column::TOTAL, column::FIRST_BYTE])
            .map(|number| part.column(number))
            .collect::<Result<Vec<_>, _>>()?;
        let [at, status, code, calls, bytes_in, bytes_out, cost, total, first_byte] = columns.as_slice() else {
            return Ok(());
        };
        let refused: Vec<bool> = code.words().0.iter().map(refuses).collect();
        let histograms = [total, first_byte].map(|values| Histograms::of(values.words().0));
        let (total, first_byte) = (total.words().1, first_byte.words().1);
        for (row, group) in chosen.rows.iter().zip(&chosen.groups) {
            let row = *row as usize;
            let Some(place) = places[*group as usize] else { continue };
            let Some(point) = axis.point(at.int64()[row]) else { continue };
            let cell = &mut cells[place * axis.points() + point];
            let count = u64::from(calls.int32()[row]);
            let positive = |values: &[i64]| u64::try_from(values[row]).unwrap_or(0);
            cell.sums.add(Sums {
                calls: count,
                bytes_in: positive(bytes_in.int64()),
                bytes_out: positive(bytes_out.int64()),
                cost: positive(cost.int64()),
            });
            if refused[code.words().1[row] as usize] {
                cell.refusals += count;
            } else if status.int32()[row] >= 500 || status.int32()[row] == 0 {
                cell.errors += count;
            }
            histograms[0].at(total[row]).iter().for_each(|(bucket, calls)| cell.total.add(*bucket, *calls));
            histograms[1].at(first_byte[row]).iter().for_each(|(bucket, calls)| cell.first_byte.add(*bucket, *calls));
        }
        Ok(())
    })?;
    let mut cells = vec![Cell::default(); count * axis.points()];
    for of_thread in of_threads {
        cells.iter_mut().zip(&of_thread).for_each(|(cell, other)| cell.merge(other));
    }
    Ok(cells)
}

/// Looks at all parts on up to four threads, each of which adds up for itself.
fn in_parallel<T: Default + Send>(
    parts: &[Box<dyn Part + Send>],
    look_at: impl Fn(&dyn Part, &mut T) -> Result<(), Damage> + Sync,
) -> Result<Vec<T>, Trouble> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(4).min(parts.len().max(1));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut sum = T::default();
        while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(damage) = look_at(&**part, &mut sum) {
                return Err(match part.path() {
                    Some(path) => Trouble::File(path.to_owned(), damage),
                    None => StoreError::from(damage).into(),
                });
            }
        }
        Ok(sum)
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        others.into_iter().filter_map(|thread| thread.join().ok()).chain([own]).collect()
    })
}

/// What can be said of a point in time: nothing, if calls were not recorded then.
fn bucket(axis: &Axis, point: usize, now: Timestamp, spans: &[(i64, i64)]) -> Bucket {
    let (begin, end) = axis.span(point);
    let recorded: i64 = spans.iter().map(|(from, to)| ((*to).min(end) - (*from).max(begin)).max(0)).sum();
    // A restart within a minute, or a heartbeat that a crash cost, is no gap to speak of.
    let state = if recorded == 0 {
        BucketState::Unknown
    } else if end > now.as_millis() || recorded + MINUTE / 2 < end - begin {
        BucketState::Incomplete
    } else {
        BucketState::Complete
    };
    Bucket { at: Timestamp::from_millis(begin), state }
}

fn text(word: &[u8]) -> Option<String> {
    (!word.is_empty()).then(|| String::from_utf8_lossy(word).into_owned())
}
