import { expect, it } from 'vitest';
import { same, tidy, valueAt, withValueAt } from './json';

it('reads and changes by path, and makes what lies between', () => {
  const spec = { targets: [{ url: 'http://a' }, { url: 'http://b' }] };
  expect(valueAt(spec, 'targets[1].url')).toBe('http://b');
  expect(withValueAt(spec, 'targets[1].url', 'http://c').targets[1]).toEqual({ url: 'http://c' });
  expect(withValueAt({}, 'health.active.path', '/healthz')).toEqual({
    health: { active: { path: '/healthz' } },
  });
  expect(withValueAt({ a: { b: 1, c: 2 } }, 'a.b', undefined)).toEqual({ a: { c: 2 } });
});

it('leaves out what says nothing, and keeps zero, false and empty lists', () => {
  expect(tidy({ a: '', b: {}, c: [], d: 0, e: false, f: { g: undefined }, h: [{ i: '' }] })).toEqual({
    c: [],
    d: 0,
    e: false,
    h: [{}],
  });
});

it('compares whatever the order of members', () => {
  expect(same({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true);
  expect(same({ a: 1 }, { a: 1, b: 2 })).toBe(false);
});
