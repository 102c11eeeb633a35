import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { grant, permitsOf } from './cedar-roles';

const cedar = readFileSync(new URL('../../../crates/policy/src/people/roles.cedar', import.meta.url), 'utf8');

test('the roles that come with Keyward are read from their policies', () => {
  const permits = permitsOf(cedar);
  expect(permits.map(({ role }) => role)).toEqual(
    expect.arrayContaining(['operator', 'administrator', 'developer', 'viewer', 'auditor']),
  );
  expect(grant(permits, 'administrator', 'secrets.write')).toBe('yes');
  expect(grant(permits, 'developer', 'tokens.read')).toBe('yes');
  expect(grant(permits, 'developer', 'tokens.write')).toBe('ownApps');
  expect(grant(permits, 'developer', 'apis.write')).toBe('no');
  expect(grant(permits, 'auditor', 'audit.read')).toBe('yes');
  expect(grant(permits, 'viewer', 'audit.read')).toBe('no');
});

test('every statement that permits a role is among them', () => {
  const permits = cedar.replace(/^\s*\/\/.*$/gm, '').match(/^permit\b/gm)?.length;
  expect(permitsOf(cedar)).toHaveLength(permits ?? 0);
});

test('a condition is not taken for a permission without one, and a forbid for none at all', () => {
  const permits = permitsOf(`
    permit (principal in Keyward::Role::"on-call", action in [Keyward::Action::"calls.read"], resource)
    when { context.second_factor };
    forbid (principal in Keyward::Role::"on-call", action, resource);
  `);
  expect(permits).toEqual([{ role: 'on-call', actions: ['calls.read'], grant: 'conditional' }]);
});
