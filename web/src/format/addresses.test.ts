import { expect, test } from 'vitest';
import { isAddressRange, isOriginPattern } from './addresses';

test.each([
  '192.0.2.7',
  '10.0.0.0/8',
  '0.0.0.0/0',
  '::',
  '::1/128',
  '2001:db8::/32',
  '::ffff:192.0.2.1',
  '1:2:3:4:5:6:7:8',
])('%s is an address or a range', (text) => expect(isAddressRange(text)).toBe(true));

test.each([
  '',
  '300.1.1.1',
  '10.0.0/8',
  '10.0.0.0/33',
  '10.0.0.0/',
  '01.2.3.4',
  '1::2::3',
  ':::',
  '1:2:3:4:5:6:7:8:9',
  '::1/129',
  'fe80::1%eth0',
])('%s is none', (text) => expect(isAddressRange(text)).toBe(false));

test('origins have no path, and a star only in front', () => {
  expect(isOriginPattern('https://shop.example')).toBe(true);
  expect(isOriginPattern('https://*.shop.example:8443')).toBe(true);
  expect(isOriginPattern('https://shop.example/')).toBe(false);
  expect(isOriginPattern('shop.example')).toBe(false);
  expect(isOriginPattern('https://shop.*')).toBe(false);
});
