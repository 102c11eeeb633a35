import { expect, test } from 'vitest';
import { covers, holds } from './scopes';

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
