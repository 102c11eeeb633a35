import { expect, it } from 'vitest';
import { outcomeOf } from './outcome';

it('tells refusals of Keyward from failures behind it', () => {
  expect(outcomeOf({ code: null, status: 200 })).toBe('answered');
  expect(outcomeOf({ code: null, status: 404 })).toBe('answered');
  expect(outcomeOf({ code: 'route_not_found', status: 404 })).toBe('refused');
  expect(outcomeOf({ code: 'upstream_overloaded', status: 503 })).toBe('refused');
  expect(outcomeOf({ code: 'upstream_unreachable', status: 502 })).toBe('failed');
  expect(outcomeOf({ code: null, status: 503 })).toBe('failed');
  expect(outcomeOf({ code: null, status: 0 })).toBe('failed');
});
