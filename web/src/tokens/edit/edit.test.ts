import { describe, expect, test } from 'vitest';
import type { Token } from '../queries';
import { changesOf } from './changes';
import { afterOf, alike, bodyOf, type EditForm, editedOf, formOf, withHeld } from './form';
import { rangeCovers } from './ranges';
import { widens } from './widening';

const token = {
  name: 'Storefront',
  scopes: ['orders:read', 'stock:*'],
  restrictions: {
    allow_addresses: ['10.0.0.0/8'],
    methods: ['POST', 'GET'],
    apis: [{ api: 'orders', routes: ['list'] }],
    client_certificates: ['ab'],
  },
  limits: { rates: [{ limit: 60, window_seconds: 60 }], quotas: [{ limit: 5, period: 'day', zone: 'UTC' }] },
  expires_at: '2026-12-28T12:00:00.000Z',
} as unknown as Token;
const base = editedOf(token);
const before = new Date('2026-12-28T12:00:00.000Z');

function edit(next: Partial<EditForm>, expires: Date | null | undefined = before) {
  const after = afterOf(base, { ...formOf(base, 'shop', 'UTC'), ...next }, expires, 'UTC');
  return { after, body: bodyOf(base, after, next.reason), changes: changesOf(base, after, 'UTC') };
}

describe('what is sent', () => {
  test('is nothing while nothing differs, and only what does', () => {
    expect(edit({}).body).toBeUndefined();
    expect(edit({ reason: 'because', methods: ['GET', 'POST'], name: ' Storefront ' }).body).toBeUndefined();
    expect(edit({ name: 'Shop', reason: ' because ' }).body).toEqual({ name: 'Shop', reason: 'because' });
    expect(edit({ scopes: ['stock:*'] }).body).toEqual({ scopes: ['stock:*'] });
  });

  test('keeps what the form does not show', () => {
    expect(edit({ allow: [] }).body).toEqual({
      restrictions: {
        methods: ['POST', 'GET'],
        apis: [{ api: 'orders', routes: ['list'] }],
        client_certificates: ['ab'],
      },
    });
  });

  test('tells an end that is taken away from one that is left alone', () => {
    expect(edit({ expiry: 'never' }, null).body).toEqual({ expires_at: 'never' });
    expect(edit({ expiry: 'date' }, undefined).body).toBeUndefined();
    expect(edit({ expiry: '7' }, new Date('2026-12-05T12:00:00Z')).body).toEqual({
      expires_at: '2026-12-05T12:00:00.000Z',
    });
  });

  test('has limits as a sentence where they fit in, and otherwise as they are', () => {
    expect(formOf(base, 'shop', 'UTC')).toMatchObject({ rate: '60', rateWindow: 'minute', quota: '5' });
    expect(edit({ quota: '' }).body).toEqual({ limits: { rates: [{ limit: 60, window_seconds: 60 }] } });
    for (const limits of [
      { rates: [{ limit: 60, window_seconds: 60, burst: 5 }] },
      { rates: [{ limit: 60, window_seconds: 7 }] },
      { quotas: [{ limit: 5, period: 'day' as const, zone: 'Europe/Berlin' }] },
      { quotas: [{ limit: 5, period: 'day' as const, unit: 'cost' as const }] },
    ]) {
      const form = formOf({ ...base, limits }, 'shop', 'UTC');
      expect(form.rows).toEqual(limits);
      expect(afterOf({ ...base, limits }, form, before, 'UTC').limits).toBe(limits);
    }
  });
});

describe('what changes', () => {
  test('is said with what goes and what comes', () => {
    expect(edit({ scopes: ['orders:read', 'orders:write'] }).changes).toEqual([
      {
        facet: 'scopes',
        term: expect.any(String),
        removed: ['stock:*'],
        added: ['orders:write'],
        widens: true,
      },
    ]);
    expect(
      edit({ name: 'Shop', place: 'Frankfurt' }).changes.map(({ facet, widens: more }) => [facet, more]),
    ).toEqual([
      ['name', false],
      ['description', false],
    ]);
  });

  const widening = (next: Partial<EditForm>, expires?: Date | null) =>
    edit(next, expires)
      .changes.filter((change) => change.widens)
      .map(({ facet }) => facet);

  test('widens where the token can then do more', () => {
    expect(widening({ scopes: ['orders:read', 'stock:read', 'stock:*'] })).toEqual([]);
    expect(widening({ allow: ['10.1.0.0/16'] })).toEqual([]);
    expect(widening({ allow: ['10.0.0.0/8', '192.0.2.1'] })).toEqual(['allow_addresses']);
    expect(widening({ allow: [] })).toEqual(['allow_addresses']);
    expect(widening({ deny: ['10.9.0.0/16'], origins: ['https://shop.example'] })).toEqual([]);
    expect(widening({ methods: ['GET'] })).toEqual([]);
    expect(widening({ methods: [] })).toEqual(['methods']);
    expect(widening({ apis: ['orders', 'stock'] })).toEqual(['apis']);
    expect(widening({ rate: '30' })).toEqual([]);
    expect(widening({ rate: '61' })).toEqual(['limits']);
    expect(widening({ rateWindow: 'hour' })).toEqual(['limits']);
    expect(widening({ quota: '' })).toEqual(['limits']);
    expect(widening({ expiry: 'never' }, null)).toEqual(['expires_at']);
    expect(widening({ expiry: '7' }, new Date('2026-12-05T12:00:00Z'))).toEqual([]);
  });

  test('widens where a denied range is let in again', () => {
    const denying = (deny: string[]) => ({ ...base, restrictions: { deny_addresses: deny } });
    expect(widens('deny_addresses', denying(['10.1.0.0/16']), denying(['10.0.0.0/8']))).toBe(false);
    expect(widens('deny_addresses', denying(['10.1.0.0/16']), denying(['10.1.2.0/24']))).toBe(true);
  });
});

test('a range covers what lies in it', () => {
  expect(rangeCovers('10.0.0.0/8', '10.255.0.1')).toBe(true);
  expect(rangeCovers('10.0.0.1', '10.0.0.0/31')).toBe(false);
  expect(rangeCovers('0.0.0.0/0', '203.0.113.9')).toBe(true);
  expect(rangeCovers('0.0.0.0/0', '::1')).toBe(false);
  expect(rangeCovers('2001:db8::/32', '2001:db8:0:1::/64')).toBe(true);
  expect(rangeCovers('::ffff:10.0.0.0/104', '::ffff:a00:1')).toBe(true);
  expect(rangeCovers('nonsense', '10.0.0.1')).toBe(false);
});

test('what the API leaves out as a default is no difference', () => {
  expect(
    alike({ rates: [{ limit: 1, unit: 'calls', burst: null }], quotas: [] }, { rates: [{ limit: 1 }] }),
  ).toBe(true);
});

test('scopes that the app no longer gives are still among those to choose', () => {
  const resources = [{ name: 'orders', actions: [{ scope: 'orders:read', reads: true }] }];
  expect(withHeld(resources, ['orders:read', 'orders:write', 'stock:read'])).toEqual([
    {
      name: 'orders',
      actions: [
        { scope: 'orders:read', reads: true },
        { scope: 'orders:write', reads: false },
      ],
    },
    { name: 'stock', actions: [{ scope: 'stock:read', reads: true }] },
  ]);
});
