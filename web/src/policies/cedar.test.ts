import { expect, it } from 'vitest';
import { markOf } from './cedar';

it('finds the place in an error', () => {
  expect(markOf({ problem: 'cannot be read in line 2, column 37: unexpected token `}`' })).toEqual({
    line: 2,
    column: 37,
  });
  expect(markOf({ problem: 'is too long' })).toBeUndefined();
});
