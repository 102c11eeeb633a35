//! Rollups against a naive recount of the same calls.

use std::collections::BTreeMap;

use keyward_calls::{AnalyticsFilter, AnalyticsQuery, Dimension};
use keyward_model::call::CallRecord;
use proptest::prelude::*;

use crate::files::{MINUTE, Place, START, call, hour};

const DIMENSIONS: [Dimension; 6] =
    [Dimension::Team, Dimension::Token, Dimension::Route, Dimension::Code, Dimension::StatusClass, Dimension::Method];

fn value(record: &CallRecord, dimension: Dimension) -> Option<String> {
    match dimension {
        Dimension::Team => record.team.map(|team| team.to_string()),
        Dimension::Token => record.token.map(|token| token.to_string()),
        Dimension::Route => record.route.as_ref().map(ToString::to_string),
        Dimension::Code => record.code.map(|code| code.to_string()),
        Dimension::StatusClass => Some(format!("{}xx", record.status / 100)),
        Dimension::Method => Some(record.method.clone()),
        Dimension::App | Dimension::Api | Dimension::Country => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_chart_is_a_recount(
        numbers in prop::collection::vec(0u32..600, 1..120),
        seals in prop::collection::vec(any::<bool>(), 4),
        capacity in 5usize..60,
        groups in prop::sample::subsequence(DIMENSIONS.to_vec(), 0..=2),
        step in prop::sample::select(vec![1u64, 2, 5, 60]),
        with_filter in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let place = Place::new();
            let mut open = place.open_with(capacity).await;
            let records: Vec<CallRecord> = numbers.iter().map(|number| call(*number)).collect();
            for (portion, seal) in records.chunks(records.len().div_ceil(4)).zip(&seals) {
                // Details give way when a portion is larger than the lane; counts never do.
                open.push(portion).await;
                if *seal {
                    open.seal().await;
                } else {
                    open.close().await;
                    open = place.open_with(capacity).await;
                }
            }
            let filter = AnalyticsFilter {
                route: with_filter.then(|| "read".parse().unwrap()),
                ..AnalyticsFilter::default()
            };
            let query = AnalyticsQuery {
                step: format!("{step}m").parse().unwrap(),
                group_by: groups.clone(),
                filter,
                top: 1000,
                ..hour(START, START + 10 * MINUTE)
            };
            let chart = open.calls.analytics_of_all_teams(&query).await.unwrap();
            let mut told = BTreeMap::new();
            for series in &chart.series {
                for (bucket, point) in chart.buckets.iter().zip(&series.own.points) {
                    let Some(point) = point.filter(|point| point.calls > 0) else { continue };
                    let sums = (point.calls, point.refusals, point.bytes_in, point.bytes_out, point.cost);
                    told.insert((series.key.clone(), bucket.at.as_millis()), sums);
                }
            }
            let mut counted = BTreeMap::new();
            let millis = i64::try_from(step).unwrap() * MINUTE;
            for record in &records {
                if with_filter && record.route.as_deref() != Some("read") {
                    continue;
                }
                let key: Vec<_> = groups.iter().map(|dimension| value(record, *dimension)).collect();
                let at = record.at.as_millis().div_euclid(millis) * millis;
                let sums = counted.entry((key, at)).or_insert((0, 0, 0, 0, 0));
                sums.0 += 1;
                sums.1 += u64::from(record.code.is_some());
                sums.2 += record.bytes_in;
                sums.3 += record.bytes_out;
                sums.4 += u64::from(record.cost);
            }
            assert_eq!(told, counted);

            for allowed in [true, false] {
                let filter = AnalyticsFilter { allowed: Some(allowed), ..query.filter.clone() };
                let query = AnalyticsQuery { group_by: Vec::new(), filter, ..query.clone() };
                let chart = open.calls.analytics_of_all_teams(&query).await.unwrap();
                let wanted = |record: &&CallRecord| {
                    record.code.is_none() == allowed && (!with_filter || record.route.as_deref() == Some("read"))
                };
                // Nothing is known of a time at which nothing ran and nothing was counted.
                let calls = chart.series[0].own.total.map_or(0, |total| total.calls);
                assert_eq!(calls, records.iter().filter(wanted).count() as u64);
            }

            let total = open.calls.analytics_of_all_teams(&AnalyticsQuery { group_by: Vec::new(), filter: AnalyticsFilter::default(), ..query }).await.unwrap();
            let mut micros: Vec<u32> = records.iter().map(|record| record.timing.total_us).collect();
            micros.sort_unstable();
            let exact = micros[(micros.len() * 95).div_ceil(100) - 1];
            let p95 = total.series[0].own.total.unwrap().p95_us.unwrap();
            assert!(f64::from(p95.abs_diff(exact)) <= f64::from(exact) * 0.032, "{p95} {exact}");
            open.close().await;
        });
    }
}
