import { expect, test } from 'vitest';
import { rightFor } from './rights';

test('a form wants the right to change what it is for', () => {
  expect(rightFor('/teams/$team/tokens/new')).toBe('keyward:tokens.write');
  expect(rightFor('/teams/$team/tokens/$token/rotate')).toBe('keyward:tokens.write');
  expect(rightFor('/teams/$team/apis/-/import')).toBe('keyward:apis.write');
  expect(rightFor('/teams/$team/apps/$name/edit')).toBe('keyward:apps.write');
});

test('other pages want what their place in the navigation wants', () => {
  expect(rightFor('/teams/$team/secrets/$name')).toBe('keyward:secrets.read');
  expect(rightFor('/teams/$team/audit')).toBe('keyward:audit.read');
  expect(rightFor('/teams/$team/overview')).toBeUndefined();
  expect(rightFor('/teams/$team')).toBeUndefined();
});
