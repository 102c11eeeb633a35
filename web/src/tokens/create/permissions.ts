import type { Schemas } from '../../api/client';
import { covers } from '../../session/scopes';

export type Level = 'none' | 'read' | 'write' | 'some';

export interface Action {
  scope: string;
  /** What the api says that the scope allows. */
  description?: string;
  reads: boolean;
}

export interface Resource {
  name: string;
  actions: Action[];
}

const readingWords = new Set(['read', 'list', 'get', 'view', 'search', 'watch']);

function actionOf(scope: string): string {
  return scope.slice(scope.indexOf(':') + 1);
}

/** Whether a scope only lets one look: `orders:read`, `keyward:tokens.read`. A wildcard lets one do anything. */
export function reads(scope: string): boolean {
  return readingWords.has(actionOf(scope).split('.').at(-1) ?? '');
}

/**
 * What an app may give its tokens, by resource: the scopes it is entitled to, and for its wildcards the scopes of the
 * team's apis that they cover.
 */
export function resourcesOf(entitled: readonly string[], apis: readonly Schemas['Api'][]): Resource[] {
  const descriptions = new Map<string, string>();
  for (const { spec } of apis) {
    for (const [scope, text] of Object.entries(spec.scopes ?? {})) descriptions.set(scope, text);
  }
  const scopes = new Set(entitled);
  for (const scope of descriptions.keys()) {
    if (entitled.some((one) => covers(one, scope))) scopes.add(scope);
  }
  const resources = new Map<string, Action[]>();
  for (const scope of [...scopes].sort()) {
    const name = scope.slice(0, scope.indexOf(':'));
    const action = { scope, description: descriptions.get(scope), reads: reads(scope) };
    resources.set(name, [...(resources.get(name) ?? []), action]);
  }
  return [...resources].map(([name, actions]) => ({
    name,
    actions: actions.sort((a, b) => Number(b.reads) - Number(a.reads) || wide(a) - wide(b)),
  }));
}

function wide({ scope }: Action): number {
  return scope.includes('*') ? 1 : 0;
}

/** The scopes that a level stands for: wildcards only where nothing narrower is known. */
export function scopesOf(resource: Resource, level: 'none' | 'read' | 'write'): string[] {
  if (level === 'none') return [];
  const narrow = resource.actions.filter((action) => !action.scope.includes('*'));
  const known = narrow.length > 0 ? narrow : resource.actions;
  return known.filter((action) => level === 'write' || action.reads).map((action) => action.scope);
}

/** Which levels a resource has at all. */
export function levelsOf(resource: Resource): ('none' | 'read' | 'write')[] {
  const read = scopesOf(resource, 'read').length;
  const write = scopesOf(resource, 'write').length;
  return [
    'none' as const,
    ...(read > 0 ? ['read' as const] : []),
    ...(write > read ? ['write' as const] : []),
  ];
}

/** The level that chosen scopes come to: `some` when it is none of the three. */
export function levelOf(resource: Resource, chosen: ReadonlySet<string>): Level {
  const own = resource.actions.filter((action) => chosen.has(action.scope)).map((action) => action.scope);
  const level = levelsOf(resource).find((one) => sameSet(scopesOf(resource, one), own));
  return level ?? 'some';
}

/** The chosen scopes with those of one resource set to a level. */
export function withLevel(
  chosen: readonly string[],
  resource: Resource,
  level: 'none' | 'read' | 'write',
): string[] {
  const own = new Set(resource.actions.map((action) => action.scope));
  return [...chosen.filter((scope) => !own.has(scope)), ...scopesOf(resource, level)].sort();
}

/** Chosen scopes that can still be given, as when the app was changed. */
export function stillEntitled(chosen: readonly string[], resources: readonly Resource[]): string[] {
  const all = new Set(resources.flatMap((resource) => resource.actions.map((action) => action.scope)));
  return chosen.filter((scope) => all.has(scope));
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
