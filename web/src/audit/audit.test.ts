import { expect, test } from 'vitest';
import { cell } from './csv';
import { differences } from './difference';

test('a cell is quoted where it has to be, and never a formula', () => {
  expect(cell('plain')).toBe('plain');
  expect(cell(null)).toBe('');
  expect(cell(-3)).toBe('-3');
  expect(cell('a "b", c')).toBe('"a ""b"", c"');
  expect(cell({ a: 1 })).toBe('"{""a"":1}"');
  expect(cell('=HYPERLINK("x")')).toBe('"\'=HYPERLINK(""x"")"');
  expect(cell('@home')).toBe("'@home");
});

test('a difference leaves out what every change changes', () => {
  const before = { id: 'a', version: 1, updated_at: 'x', spec: { title: 'Old', zone: 'UTC' } };
  const after = { id: 'a', version: 2, updated_at: 'y', spec: { title: 'New', zone: 'UTC', limits: {} } };
  expect(differences(before, after)).toEqual([{ path: ['spec', 'title'], before: 'Old', after: 'New' }]);
});

test('of something new, all that it is', () => {
  expect(differences(null, { id: 'a', name: 'shop', description: null })).toEqual([
    { path: ['name'], before: undefined, after: 'shop' },
  ]);
  expect(differences(null, null)).toEqual([]);
});
