import { describe, expect, it } from 'vitest';
import { changesBetween, overlap, pathText, withChange } from './changes';

const before = {
  title: 'Orders',
  routes: [
    { name: 'list', cost: 1 },
    { name: 'read', cost: 1 },
  ],
  limits: { rates: [{ limit: 5 }] },
};

describe('changes', () => {
  it('tells entries of a list apart by their names', () => {
    const after = {
      ...before,
      routes: [
        { name: 'list', cost: 2 },
        { name: 'delete', cost: 1 },
      ],
    };
    expect(changesBetween(before, after).map(({ path }) => pathText(path))).toEqual([
      'routes › list › cost',
      'routes › read',
      'routes › delete',
    ]);
  });

  it('takes a list without names as a whole', () => {
    const after = { ...before, limits: { rates: [{ limit: 6 }] } };
    expect(changesBetween(before, after).map(({ path }) => path)).toEqual([['limits', 'rates']]);
  });

  it('makes one of two when each changed something else', () => {
    const mine = { ...before, title: 'Orders 2' };
    const theirs = {
      routes: [
        { name: 'list', cost: 9 },
        { name: 'read', cost: 1 },
      ],
      title: 'Orders',
    };
    const together = changesBetween(before, mine).reduce<unknown>(withChange, theirs);
    expect(together).toEqual({
      title: 'Orders 2',
      routes: [
        { name: 'list', cost: 9 },
        { name: 'read', cost: 1 },
      ],
    });
  });

  it('knows when both touched the same', () => {
    const [cost] = changesBetween(before.routes[0], { name: 'list', cost: 3 });
    const [gone] = changesBetween(before.routes[0], undefined);
    const [other] = changesBetween({ description: '' }, { description: 'x' });
    if (!cost || !gone || !other) throw new Error('there were changes');
    expect(overlap(cost, gone)).toBe(true);
    expect(overlap(cost, other)).toBe(false);
  });
});
