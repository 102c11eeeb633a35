import { expect, test } from 'vitest';
import { covers, holds, tokenRights } from './scopes';

test('wildcards cover what they stand for', () => {
  expect(covers('orders:*', 'orders:read')).toBe(true);
  expect(covers('*:read', 'orders:read')).toBe(true);
  expect(covers('*:*', 'orders:write')).toBe(true);
  expect(covers('orders:read', 'orders:write')).toBe(false);
});

test('the management API is reached by no wildcard but its own', () => {
  expect(covers('*:*', 'keyward:tokens.read')).toBe(false);
  expect(covers('keyward:*', 'keyward:tokens.read')).toBe(true);
  expect(covers('keyward:*', 'keyward:operator')).toBe(false);
  expect(holds(['keyward:*', 'keyward:operator'], 'keyward:operator')).toBe(true);
});

test('tokens are managed of the whole team, of some apps, or not at all', () => {
  const rights = (scopes: string[], own_apps_only: boolean) => {
    const { all, any, of } = tokenRights({ scopes, apps: ['shop'], own_apps_only });
    return [all, any, of('shop'), of('warehouse')];
  };
  expect(rights(['keyward:*'], false)).toEqual([true, true, true, true]);
  expect(rights(['keyward:tokens.read'], true)).toEqual([false, true, true, false]);
  expect(rights(['keyward:tokens.read'], false)).toEqual([false, false, false, false]);
  expect(tokenRights(undefined).any).toBe(false);
});
