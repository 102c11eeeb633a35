import { expect, test } from 'vitest';
import { safeNext } from './next';

test('only pages of our own are gone to after signing in', () => {
  expect(safeNext('/teams/shop/tokens?q=a#b')).toBe('/teams/shop/tokens?q=a#b');
  for (const elsewhere of [
    'https://evil.example/',
    '//evil.example/x',
    '/\\evil.example',
    '/.//evil.example',
    'javascript:alert(1)',
    undefined,
    '/sign-in',
  ])
    expect(safeNext(elsewhere)).toBe('/');
});
