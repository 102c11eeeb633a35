import { expect, test } from 'vitest';
import { tokensSearch } from '../tokens/search';
import { parseSearch, sortOf, sortText, stringifySearch } from './search';

test('filters survive the way through an address', () => {
  const search = {
    q: 'a&b=c +1',
    app: 'shop',
    status: 'active' as const,
    expiring: true as const,
    sort: '-calls',
  };
  expect(tokensSearch(parseSearch(stringifySearch(search)))).toEqual({
    ...search,
    api: undefined,
    label: undefined,
    unused: undefined,
  });
});

test('what is absent or off does not stand in the address', () => {
  expect(stringifySearch({ q: undefined, app: '', unused: false })).toBe('');
});

test('a list is a repeated name', () => {
  expect(stringifySearch({ label: ['a', 'b'] })).toBe('?label=a&label=b');
  expect(parseSearch('?label=a&label=b&label=c')).toEqual({ label: ['a', 'b', 'c'] });
});

test('what an address says wrongly is ignored', () => {
  expect(tokensSearch({ status: 'alive', expiring: 'yes', sort: '-secret' })).toEqual({
    q: undefined,
    app: undefined,
    api: undefined,
    label: undefined,
    status: undefined,
    expiring: undefined,
    unused: undefined,
    sort: undefined,
  });
});

test('numbers in an address stay text', () => {
  expect(parseSearch('?q=0012')).toEqual({ q: '0012' });
});

test('sorting has a direction', () => {
  expect(sortOf('-name', ['name'])).toEqual([{ id: 'name', desc: true }]);
  expect(sortText([{ id: 'name', desc: true }])).toBe('-name');
  expect(sortOf('other', ['name'])).toEqual([]);
});
