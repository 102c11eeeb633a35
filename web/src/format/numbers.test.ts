import { expect, test } from 'vitest';
import { span, took } from './durations';
import { bytes, compact, percent } from './numbers';

const plain = (text: string) => text.replaceAll('\u202f', ' ');

test('a share is never rounded to none or all', () => {
  expect(plain(percent(1, 100_000))).toBe('< 0.1 %');
  expect(plain(percent(99_999, 100_000))).toBe('> 99.9 %');
  expect(plain(percent(0, 5))).toBe('0 %');
  expect(plain(percent(5, 5))).toBe('100 %');
  expect(plain(percent(31, 1000))).toBe('3.1 %');
  expect(percent(0, 0)).toBe('–');
});

test('bytes change their unit before they need a fourth digit', () => {
  expect(plain(bytes(999))).toBe('999 B');
  expect(plain(bytes(999_600))).toBe('1.0 MB');
  expect(plain(bytes(12_345))).toBe('12 kB');
});

test('counts are short only where they are long', () => {
  expect(compact(9_999)).toBe('9,999');
  expect(compact(12_345)).toBe('12.3K');
});

test('durations are told with three digits', () => {
  expect(plain(took(840))).toBe('840 µs');
  expect(plain(took(12_400))).toBe('12.4 ms');
  expect(plain(took(999_700))).toBe('1.00 s');
  expect(plain(took(125_000_000))).toBe('2 min 5 s');
});

test('spans are told by their two largest units that stand side by side', () => {
  expect(span(90)).toBe('1 minute 30 seconds');
  expect(span(86_400 + 60)).toBe('1 day');
  expect(span(36 * 3600)).toBe('1 day 12 hours');
  expect(span(0)).toBe('0 seconds');
});
