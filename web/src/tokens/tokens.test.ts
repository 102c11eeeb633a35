import { describe, expect, test } from 'vitest';
import type { Schemas } from '../api/client';
import { changedFields } from './detail/changed';
import { narrowable, narrowingEdit } from './detail/narrowing';
import { editedRestrictions, formOf } from './edit/restriction-form';
import { listQuery, weeks } from './list';
import { answerOf, heard, isSettled, mergedReceipt, pause } from './receipt';
import { chartOf, extendedEnd, latestEnd, overlapEnd } from './rotate/overlap';
import { masked, snippet } from './snippets';
import { samplePath } from './test-call';

const now = Date.parse('2026-11-28T12:00:00Z');

test('the filters are asked for as the API takes them', () => {
  expect(listQuery({ q: 'shop', expiring: true, unused: true }, now)).toMatchObject({
    q: 'shop',
    expires_before: '2026-12-05T12:00:00.000Z',
    unused_since: '2026-08-30T12:00:00.000Z',
  });
});

describe('the seven days of tokens', () => {
  const figures = (calls: number, refusals: number) => ({ calls, refusals }) as Schemas['Figures'];
  const line = (key: string | null, other = false) =>
    ({
      key: [key],
      other,
      total: figures(3, 1),
      points: [null, figures(3, 1)],
    }) as unknown as Schemas['Series'];
  const chart = (series: Schemas['Series'][]) =>
    ({
      buckets: [
        { at: '', state: 'unknown' },
        { at: '', state: 'complete' },
      ],
      series,
    }) as unknown as Schemas['Chart'];

  test('keep what is unknown apart from what is zero', () => {
    const { byToken, quiet, rest } = weeks(chart([line('one')]));
    expect(byToken.get('one')).toEqual({ points: [null, { allowed: 2, refused: 1 }], calls: 3 });
    expect(quiet.points).toEqual([null, { allowed: 0, refused: 0 }]);
    expect(rest).toBe(false);
  });

  test('say when some tokens are not told apart', () => {
    expect(weeks(chart([line('one'), line(null, true)])).rest).toBe(true);
  });
});

test('a receipt of several says of a node only what holds for all', () => {
  const node = (name: string, revision: number, refuses: boolean) => ({
    node: name,
    revision,
    refuses,
    seen_at: '',
  });
  const merged = mergedReceipt([
    { revision: 8, nodes: [node('a', 8, true), node('b', 7, false)] },
    { revision: 7, nodes: [node('a', 7, true), node('b', 7, true), node('c', 7, true)] },
  ]);
  expect(merged.revision).toBe(8);
  expect(Object.fromEntries(merged.nodes.map(({ node: name, refuses }) => [name, refuses]))).toEqual({
    a: true,
    b: false,
    c: false,
  });
});

describe('narrowing', () => {
  const token = {
    scopes: ['orders:*'],
    restrictions: { allow_addresses: ['10.0.0.0/8'], methods: ['GET' as const] },
  };
  const narrowing = {
    scopes: ['orders:read'],
    unused_scopes: [],
    apis: [{ api: 'orders', routes: ['list'] }],
    methods: ['GET'],
  };

  test('is offered for what is wider than what was used', () => {
    expect(narrowable(token, narrowing)).toEqual(['scopes', 'apis']);
  });

  test('never lifts a restriction because nothing was called', () => {
    expect(narrowable(token, { ...narrowing, scopes: ['orders:*'], apis: [], methods: [] })).toEqual([]);
  });

  test('leaves everything else as it is', () => {
    expect(narrowingEdit(token, narrowing, ['apis'])).toEqual({
      restrictions: { ...token.restrictions, apis: narrowing.apis },
    });
    expect(narrowingEdit(token, narrowing, ['scopes'])).toEqual({ scopes: ['orders:read'] });
  });
});

test('editing restrictions keeps what the form does not show', () => {
  const before = { apis: [{ api: 'orders', routes: ['list'] }], client_certificates: ['abc'] };
  const after = editedRestrictions(before, { ...formOf(before), apis: ['orders', 'stock'], allow: ['::1'] });
  expect(after).toMatchObject({
    apis: [{ api: 'orders', routes: ['list'] }, { api: 'stock' }],
    client_certificates: ['abc'],
    allow_addresses: ['::1'],
  });
});

describe('the overlap of a rotation', () => {
  const at = (hours: number) => new Date(now + hours * 3_600_000).toISOString();

  test('does not outlive the old token', () => {
    expect(overlapEnd({ expires_at: at(2) }, '86400', now)).toEqual({ at: new Date(at(2)), capped: true });
    expect(overlapEnd({ expires_at: null }, '86400', now)).toEqual({ at: new Date(at(24)), capped: false });
  });

  test('is extended within thirty days and the old expiry', () => {
    const old = { expires_at: at(24), rotation: { at: at(0), expires_at_before: at(30) } };
    expect(latestEnd(old)).toBe(Date.parse(at(30)));
    expect(extendedEnd(old, 3600)).toEqual(new Date(at(25)));
    expect(extendedEnd(old, 86_400)).toBeUndefined();
    expect(extendedEnd({ ...old, rotation: { at: at(0), expires_at_before: null } }, 604_800)).toEqual(
      new Date(at(192)),
    );
  });
  test('is drawn minute by minute at first', () => {
    const begun = { rotation: { at: at(0), expires_at_before: null } };
    expect(chartOf(begun, now + 60_000)).toEqual({ hours: 1, step: '1m' });
    expect(chartOf(begun, Date.parse(at(2)))).toEqual({ hours: 24, step: '15m' });
    expect(chartOf(begun, Date.parse(at(25)))).toEqual({ hours: 168, step: '1h' });
  });
});

test('a masked token shows its beginning and its last four', () => {
  expect(masked('kw_abcdefgh')).toBe('kw_••••efgh');
  expect(masked('abcdefgh')).toBe('••••efgh');
});

test('no example has the token in it', () => {
  const call = { method: 'GET', url: 'http://gateway/orders' };
  for (const language of ['curl', 'python', 'javascript', 'go', 'rust', 'php'] as const) {
    expect(snippet(language, call)).toContain('KEYWARD_TOKEN');
    expect(snippet(language, call)).toContain(call.url);
  }
});

test('parameters of a path get values of their type', () => {
  expect(samplePath('/orders/{id:int}/files/{rest:path}')).toBe('/orders/1/files/example');
  expect(samplePath('/{name}')).toBe('/example');
});

test('what every change changes is not told as changed', () => {
  expect(
    changedFields(
      { version: 1, state: 'active', updated_at: 'a' },
      { version: 2, state: 'disabled', updated_at: 'b' },
    ),
  ).toEqual(['state']);
  expect(changedFields(null, { state: 'active' })).toEqual([]);
});

test('a receipt follows the nodes until each refuses or is gone', () => {
  const node = (name: string, revision: number, second: number) => ({
    node: name,
    revision,
    refuses: revision >= 7,
    seen_at: new Date(now + second * 1000).toISOString(),
  });
  const first = { revision: 7, nodes: [node('a', 7, 0), node('b', 6, -1), node('c', 5, -90)] };
  expect(isSettled(first)).toBe(false);
  expect(first.nodes.map((one) => answerOf(one, now))).toEqual(['refuses', 'waits', 'silent']);
  const next = heard(first, [node('a', 9, 4), node('b', 8, 3), node('d', 9, 4)]);
  expect(next.nodes).toEqual([
    node('a', 7, 0),
    node('b', 8, 3),
    { ...node('c', 5, -90), gone: true },
    node('d', 9, 4),
  ]);
  expect(isSettled(next)).toBe(true);
  expect([0, 1, 2, 3, 9].map(pause)).toEqual([1000, 2000, 4000, 5000, 5000]);
});
