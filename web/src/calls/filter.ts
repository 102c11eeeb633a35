import { oneOf, textOf } from '../shell/search';
import { presets, type RangeSearch, rangeOf } from './range';

export const decisions = ['allowed', 'refused'] as const;
export const statusClasses = ['2xx', '3xx', '4xx', '5xx'] as const;
export const protocols = ['http/1.0', 'http/1.1', 'http/2', 'websocket', 'grpc'] as const;

/** Which calls are meant, as it stands in the address of pages that show calls or charts of them. */
export interface CallFilter extends RangeSearch {
  decision?: (typeof decisions)[number];
  status?: (typeof statusClasses)[number];
  code?: string;
  app?: string;
  token?: string;
  api?: string;
  route?: string;
  method?: string;
  country?: string;
  path?: string;
  address?: string;
  target?: string;
  protocol?: (typeof protocols)[number];
  /** At least so many milliseconds. */
  slower?: string;
  /** At most so many milliseconds. */
  faster?: string;
}

export type Dimension = Exclude<keyof CallFilter, keyof RangeSearch>;

/** What charts can be narrowed to: the rest is not kept with the counts. */
export const chartDimensions = [
  'decision',
  'status',
  'code',
  'app',
  'token',
  'api',
  'route',
  'method',
  'country',
] as const satisfies readonly Dimension[];

export const dimensions = [
  ...chartDimensions,
  'path',
  'address',
  'target',
  'protocol',
  'slower',
  'faster',
] as const satisfies readonly Dimension[];

export function callFilter(raw: Record<string, unknown>): CallFilter {
  return {
    range: oneOf(raw.range, presets),
    from: momentOf(raw.from),
    to: momentOf(raw.to),
    decision: oneOf(raw.decision, decisions),
    status: oneOf(raw.status, statusClasses),
    code: textOf(raw.code),
    app: textOf(raw.app),
    token: textOf(raw.token),
    api: textOf(raw.api),
    route: textOf(raw.route),
    method: textOf(raw.method),
    country: textOf(raw.country),
    path: textOf(raw.path),
    address: textOf(raw.address),
    target: textOf(raw.target),
    protocol: oneOf(raw.protocol, protocols),
    slower: millisecondsOf(raw.slower),
    faster: millisecondsOf(raw.faster),
  };
}

function momentOf(raw: unknown): string | undefined {
  const at = Date.parse(textOf(raw) ?? '');
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

function millisecondsOf(raw: unknown): string | undefined {
  const text = textOf(raw);
  return text !== undefined && isMilliseconds(text) ? text : undefined;
}

export function isMilliseconds(text: string): boolean {
  return /^\d{1,6}(\.\d{1,3})?$/.test(text);
}

/** The filters that are set, the time apart. */
export function chosen(filter: CallFilter): Dimension[] {
  return dimensions.filter((dimension) => filter[dimension] !== undefined);
}

/** Whether the same calls can be charted. */
export function isChartable(filter: CallFilter): boolean {
  return chosen(filter).every((dimension) => (chartDimensions as readonly Dimension[]).includes(dimension));
}

/** What charts cannot be narrowed to taken away. */
export function chartable(filter: CallFilter): CallFilter {
  const { path: _p, address: _a, target: _t, protocol: _r, slower: _s, faster: _f, ...rest } = filter;
  return rest;
}

/** A filter as the API takes it. */
export function callsQueryOf(filter: CallFilter, now: number) {
  const { range: _r, from: _f, to: _t, decision, slower, faster, ...same } = filter;
  return {
    ...same,
    ...rangeOf(filter, now),
    allowed: decision && decision === 'allowed',
    slower_than_us: slower && Math.round(Number(slower) * 1000),
    faster_than_us: faster && Math.round(Number(faster) * 1000),
  } as {
    [K in Exclude<Dimension, 'decision' | 'slower' | 'faster'>]?: CallFilter[K];
  } & {
    from?: string;
    to?: string;
    allowed?: boolean;
    slower_than_us?: number;
    faster_than_us?: number;
  };
}
