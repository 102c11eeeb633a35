import { describe, expect, test } from 'vitest';
import type { Schemas } from '../../api/client';
import {
  levelOf,
  levelsOf,
  type Resource,
  reads,
  resourcesOf,
  scopesOf,
  stillEntitled,
  withLevel,
} from './permissions';

const api = (scopes: Record<string, string>) => ({ spec: { scopes } }) as unknown as Schemas['Api'];
const orders = api({
  'orders:read': 'Read orders.',
  'orders:write': 'Make orders.',
  'orders:delete': 'Delete orders.',
});

function only(resources: Resource[]): Resource {
  const [first] = resources;
  if (!first) throw new Error('no resource');
  return first;
}

test('what only lets one look is told apart from what lets one do', () => {
  expect(['orders:read', 'keyward:tokens.read', 'a:list'].every(reads)).toBe(true);
  expect(['orders:*', 'orders:write', 'customers:export', 'keyward:apply'].some(reads)).toBe(false);
});

describe('the resources of an app', () => {
  test('are no more than it is entitled to', () => {
    expect(resourcesOf(['orders:read'], [orders])).toEqual([
      { name: 'orders', actions: [{ scope: 'orders:read', description: 'Read orders.', reads: true }] },
    ]);
  });

  test('of a wildcard are the scopes that apis define, reading first and the wildcard last', () => {
    const resource = only(resourcesOf(['orders:*'], [orders]));
    expect(resource.actions.map(({ scope }) => scope)).toEqual([
      'orders:read',
      'orders:delete',
      'orders:write',
      'orders:*',
    ]);
  });

  test('of the widest wildcard leave out the management API', () => {
    const names = resourcesOf(['*:*'], [orders, api({ 'keyward:tokens.read': '' })]).map(({ name }) => name);
    expect(names).toEqual(['*', 'orders']);
  });
});

describe('levels', () => {
  const resource = only(resourcesOf(['orders:*'], [orders]));

  test('stand for exact scopes, never for the wildcard where narrower ones are known', () => {
    expect(scopesOf(resource, 'read')).toEqual(['orders:read']);
    expect(scopesOf(resource, 'write').sort()).toEqual(['orders:delete', 'orders:read', 'orders:write']);
  });

  test('are recognised from scopes, and anything else is some', () => {
    expect(levelOf(resource, new Set())).toBe('none');
    expect(levelOf(resource, new Set(['orders:read', 'customers:read']))).toBe('read');
    expect(levelOf(resource, new Set(['orders:read', 'orders:write']))).toBe('some');
    expect(levelOf(resource, new Set(['orders:*']))).toBe('some');
  });

  test('replace the scopes of their resource and leave the others', () => {
    expect(withLevel(['customers:read', 'orders:*'], resource, 'read')).toEqual([
      'customers:read',
      'orders:read',
    ]);
  });

  test('that a resource does not have are not offered', () => {
    expect(levelsOf(only(resourcesOf(['orders:read'], [orders])))).toEqual(['none', 'read']);
    expect(levelsOf(only(resourcesOf(['orders:write'], [orders])))).toEqual(['none', 'write']);
  });
});

test('another app takes away what it may not give', () => {
  expect(stillEntitled(['orders:read', 'customers:read'], resourcesOf(['orders:read'], [orders]))).toEqual([
    'orders:read',
  ]);
});
