import { describe, expect, test } from 'vitest';
import { dayOf, endOfDay, exactParts, relativeTime } from './time';

const now = Date.parse('2026-11-28T12:00:00Z');

describe('relativeTime', () => {
  test.each([
    [-4_000, 'now'],
    [-59_000, '59 seconds ago'],
    [-119_000, '1 minute ago'],
    [-47 * 3_600_000, '1 day ago'],
    [6.9 * 86_400_000, 'in 6 days'],
    [30 * 86_400_000 - 4_000, 'in 30 days'],
    [50 * 86_400_000, 'in 50 days'],
    [90 * 86_400_000 - 4_000, 'in 3 months'],
    [3_600_000 - 4_000, 'in 1 hour'],
    [-30 * 86_400_000 + 4_000, '29 days ago'],
    [400 * 86_400_000, 'in 1 year'],
  ])('%i ms from now is %s', (away, words) => {
    expect(relativeTime(now + away, now)).toBe(words);
  });
});

test('exact times have the year only where it is another', () => {
  expect(exactParts(now, 'Europe/Berlin', now)).toEqual(['Nov 28', '13:00:00']);
  expect(exactParts(Date.parse('2026-01-01T03:00:00Z'), 'America/New_York', now)).toEqual([
    'Dec 31, 2025',
    '22:00',
  ]);
});

describe('the end of a day', () => {
  test('is the next midnight of the zone', () => {
    expect(endOfDay('2026-12-24', 'America/New_York').toISOString()).toBe('2026-12-25T05:00:00.000Z');
  });

  test('is right on days on which the clocks change', () => {
    expect(endOfDay('2026-03-29', 'Europe/Berlin').toISOString()).toBe('2026-03-29T22:00:00.000Z');
    expect(endOfDay('2026-10-25', 'Europe/Berlin').toISOString()).toBe('2026-10-25T23:00:00.000Z');
    expect(endOfDay('2026-03-28', 'Europe/Berlin').toISOString()).toBe('2026-03-28T23:00:00.000Z');
  });

  test('belongs to the zone, not to UTC', () => {
    expect(dayOf(Date.parse('2026-11-28T23:30:00Z'), 'Europe/Berlin')).toBe('2026-11-29');
    expect(dayOf(Date.parse('2026-11-28T03:30:00Z'), 'America/New_York')).toBe('2026-11-27');
  });
});
