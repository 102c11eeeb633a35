import { describe, expect, test } from 'vitest';
import { commandFor, requestFor, shellWord } from './equivalents';
import { bodyOf, emptyForm, expiryOf, problemsOf, withTemplate } from './form';

const now = Date.parse('2026-11-28T12:00:00Z');
const form = { ...emptyForm(), name: 'Shop', app: 'storefront' };

describe('expiry', () => {
  test('is what was chosen, or what the team is used to', () => {
    expect(expiryOf({ expiry: '7', date: '' }, undefined, 'UTC', now)?.toISOString()).toBe(
      '2026-12-05T12:00:00.000Z',
    );
    expect(
      expiryOf({ expiry: 'default', date: '' }, { default_lifetime_days: 1 }, 'UTC', now)?.toISOString(),
    ).toBe('2026-11-29T12:00:00.000Z');
    expect(expiryOf({ expiry: 'never', date: '' }, undefined, 'UTC', now)).toBeNull();
    expect(expiryOf({ expiry: 'date', date: '2026-11-3' }, undefined, 'UTC', now)).toBeUndefined();
  });
});

test('what is empty is not asked for', () => {
  expect(bodyOf(form, new Date(now), 'UTC')).toEqual({
    app: 'storefront',
    name: 'Shop',
    restrictions: undefined,
    limits: undefined,
    expires_at: '2026-11-28T12:00:00.000Z',
  });
  expect(bodyOf(form, null, 'UTC').expires_at).toBe('never');
});

test('limits are read as people write them', () => {
  const body = bodyOf({ ...form, rate: '1,000', rateWindow: 'hour', quota: '50 000' }, null, 'Europe/Berlin');
  expect(body.limits).toEqual({
    rates: [{ limit: 1000, window_seconds: 3600 }],
    quotas: [{ limit: 50_000, period: 'day', zone: 'Europe/Berlin' }],
  });
});

test('what is wrong is seen before it is sent', () => {
  const wrong = {
    ...form,
    name: ' ',
    rate: '0',
    allow: ['10.0.0.0/40'],
    windows: [{ from: '08:00', to: '08:00' }],
  };
  expect([...problemsOf(wrong, new Date(now - 1), now)].sort()).toEqual([
    'allow',
    'datePast',
    'name',
    'rate',
    'windows',
  ]);
  expect(problemsOf(form, null, now).size).toBe(0);
});

test('no template reaches for the management API', () => {
  const resource = (name: string) => ({ name, actions: [{ scope: `${name}:read`, reads: true }] });
  expect(withTemplate(form, 'server', [resource('keyward'), resource('orders')]).scopes).toEqual([
    'orders:read',
  ]);
});

describe('the same without the page', () => {
  const body = {
    app: 'shop',
    name: "Ada's $HOME",
    scopes: ['orders:read'],
    restrictions: {
      time_windows: [{ days: ['mon' as const], from: '08:00', to: '18:00', zone: 'Europe/Berlin' }],
    },
    limits: {
      rates: [{ limit: 5, window_seconds: 60 }],
      quotas: [{ limit: 9, period: 'day' as const, zone: 'UTC' }],
    },
    expires_at: 'never',
  };

  test('is a command in which nothing is expanded', () => {
    expect(commandFor('demo', body)).toBe(
      [
        'keyward token create \\',
        '  --team demo \\',
        '  --app shop \\',
        `  --name 'Ada'\\''s $HOME' \\`,
        '  --scope orders:read \\',
        "  --time-window 'mon 08:00-18:00 Europe/Berlin' \\",
        '  --rate 5/60s \\',
        '  --quota 9/day,zone=UTC \\',
        '  --expires never',
      ].join('\n'),
    );
  });

  test('is a request whose body is the one that is sent', () => {
    const text = requestFor('https://keyward.example', 'demo', { app: 'shop', name: 'x' });
    expect(text).toContain('https://keyward.example/api/v1/teams/demo/tokens');
    expect(text).toContain('Bearer $KEYWARD_TOKEN');
  });

  test('has words that a shell takes as they are', () => {
    expect(shellWord('')).toBe("''");
    expect(shellWord('a b')).toBe("'a b'");
    expect(shellWord('10.0.0.0/8')).toBe('10.0.0.0/8');
  });
});
