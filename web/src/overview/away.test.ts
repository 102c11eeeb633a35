import { describe, expect, it } from 'vitest';
import { awaySince, noted } from './away';

const minute = 60_000;
const hour = 60 * minute;

describe('noted', () => {
  it('begins with the first look', () => {
    expect(noted(undefined, 5)).toEqual({ last: 5 });
  });

  it('stays in the same visit while one looks often', () => {
    expect(noted({ before: 1, last: hour }, hour + 10 * minute)).toEqual({
      before: 1,
      last: hour + 10 * minute,
    });
  });

  it('begins another visit after half an hour', () => {
    expect(noted({ before: 1, last: hour }, 2 * hour)).toEqual({ before: hour, last: 2 * hour });
  });
});

describe('awaySince', () => {
  const now = 100 * 24 * hour;

  it('says nothing of a first visit, a short absence or a very long one', () => {
    expect(awaySince({ last: now }, now)).toBeUndefined();
    expect(awaySince({ before: now - 40 * minute, last: now }, now)).toBeUndefined();
    expect(awaySince({ before: now - 60 * 24 * hour, last: now }, now)).toBeUndefined();
  });

  it('says when the visit before ended', () => {
    expect(awaySince({ before: now - 9 * hour, last: now }, now)).toEqual(new Date(now - 9 * hour));
  });
});
