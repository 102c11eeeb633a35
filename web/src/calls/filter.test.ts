import { describe, expect, it } from 'vitest';
import { type CallFilter, callFilter, callsQueryOf, chartable, chosen, isChartable } from './filter';
import { lengthOf, rangeOf, stepOf } from './range';

const now = Date.parse('2026-11-28T12:00:00Z');

describe('callFilter', () => {
  it('takes what it knows and drops what makes no sense', () => {
    const filter = callFilter({
      range: '7d',
      status: '9xx',
      decision: 'refused',
      slower: 'abc',
      faster: '12.5',
      from: 'yesterday',
      app: '',
    });
    expect(JSON.parse(JSON.stringify(filter))).toEqual({ range: '7d', decision: 'refused', faster: '12.5' });
  });

  it('writes moments in one way', () => {
    expect(callFilter({ from: '2026-11-28T13:00:00+01:00' }).from).toBe('2026-11-28T12:00:00.000Z');
  });
});

describe('callsQueryOf', () => {
  it('says decisions and durations as the API does', () => {
    const query = callsQueryOf({ decision: 'refused', slower: '0.5', faster: '250', range: '1h' }, now);
    expect(query).toMatchObject({
      allowed: false,
      slower_than_us: 500,
      faster_than_us: 250_000,
      from: '2026-11-28T11:00:00.000Z',
    });
    expect(query).not.toHaveProperty('decision');
    expect(query).not.toHaveProperty('range');
    expect(callsQueryOf({}, now).allowed).toBeUndefined();
  });
});

describe('what can be charted', () => {
  const filter: CallFilter = { range: '7d', api: 'orders.v1', path: '/orders', slower: '5' };

  it('is told from what cannot', () => {
    expect(chosen(filter)).toEqual(['api', 'path', 'slower']);
    expect(isChartable(filter)).toBe(false);
    expect(isChartable(chartable(filter))).toBe(true);
    expect(chartable(filter)).toEqual({ range: '7d', api: 'orders.v1' });
  });
});

describe('ranges', () => {
  it('end now unless they are between two moments', () => {
    expect(rangeOf({ range: '6h' }, now)).toEqual({ from: '2026-11-28T06:00:00.000Z' });
    const fixed = { from: '2026-11-01T00:00:00.000Z', to: '2026-11-02T00:00:00.000Z' };
    expect(rangeOf({ range: '6h', ...fixed }, now)).toEqual(fixed);
    expect(lengthOf(fixed, now)).toBe(86_400_000);
  });

  it('have steps that leave a chart readable', () => {
    expect(stepOf({ range: '1h' }, now)).toBe('1m');
    expect(stepOf({ range: '24h' }, now)).toBe('30m');
    expect(stepOf({ range: '7d' }, now)).toBe('3h');
    expect(stepOf({ range: '90d' }, now)).toBe('1w');
  });
});
