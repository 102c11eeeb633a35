import { describe, expect, it } from 'vitest';
import { momentOf, wallOf } from './wall';

describe('the clock of a zone', () => {
  it('is read and set', () => {
    const at = new Date('2026-11-28T17:30:00Z');
    expect(wallOf(at, 'Europe/Berlin')).toBe('2026-11-28T18:30');
    expect(momentOf('2026-11-28T18:30', 'Europe/Berlin')).toEqual(at);
    expect(wallOf(at, 'Asia/Kathmandu')).toBe('2026-11-28T23:15');
    expect(momentOf('2026-11-28T23:15', 'Asia/Kathmandu')).toEqual(at);
    expect(momentOf('2026-11-28T00:05', 'Pacific/Kiritimati')).toEqual(new Date('2026-11-27T10:05:00Z'));
    expect(momentOf('2026-11-28T23:55', 'Pacific/Pago_Pago')).toEqual(new Date('2026-11-29T10:55:00Z'));
  });

  it('shows an hour twice when it is set back: the first is meant', () => {
    expect(momentOf('2026-10-25T02:30', 'Europe/Berlin')).toEqual(new Date('2026-10-25T00:30:00Z'));
  });

  it('is not read from what is no moment', () => {
    expect(momentOf('', 'UTC')).toBeUndefined();
    expect(momentOf('2026-11-28', 'UTC')).toBeUndefined();
  });
});
