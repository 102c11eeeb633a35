import { type CallFilter, callFilter, chartable } from '../calls/filter';
import { flagOf, oneOf } from '../shell/search';

export const latencies = ['total', 'first_byte'] as const;
export const volumes = ['outcome', 'before'] as const;

/** Which calls are charted, whether with the range before, and how. */
export interface AnalyticsSearch extends CallFilter {
  compare?: true;
  latency?: (typeof latencies)[number];
  volume?: (typeof volumes)[number];
}

export function analyticsSearch(raw: Record<string, unknown>): AnalyticsSearch {
  return {
    ...chartable(callFilter(raw)),
    compare: flagOf(raw.compare),
    latency: oneOf(raw.latency, latencies),
    volume: oneOf(raw.volume, volumes),
  };
}

export function filterOf({ compare: _c, latency: _l, volume: _v, ...filter }: AnalyticsSearch): CallFilter {
  return filter;
}
