import type { Schemas } from '../api/client';
import type { Spec } from '../resources/resource';

export type Route = Schemas['Route'];

/** A route as people write it: what is at its default may be absent. */
export type RouteSpec = Pick<Route, 'name' | 'methods' | 'path'> & Partial<Route>;

/** What the paths of calls begin with: the base path, and the version where it stands in the path. */
export function callPath({
  base_path,
  version,
  version_in = 'path',
}: Pick<Spec<'apis'>, 'base_path' | 'version' | 'version_in'>): string {
  return version_in === 'path' ? `${base_path}/${version}` : base_path;
}

/** The scopes of a route, and whether one of them is enough. */
export function scopesOf(route: Pick<RouteSpec, 'scopes'>): { any: boolean; scopes: readonly string[] } {
  const rule = route.scopes as { any?: string[]; all?: string[] } | undefined;
  return rule?.any ? { any: true, scopes: rule.any } : { any: false, scopes: rule?.all ?? [] };
}

/** The parameters of a path template, in their order. */
export function parametersOf(path: string): { name: string; kind: string }[] {
  return [...path.matchAll(/\{(\w+)(?::(\w+))?\}/g)].map(([, name = '', kind = 'text']) => ({ name, kind }));
}

/** A path with values in place of its parameters. */
export function filledPath(path: string, values: Record<string, string>): string {
  return path.replace(/\{(\w+)(?::(\w+))?\}/g, (whole, name: string, kind: string | undefined) => {
    const value = values[name];
    if (value === undefined || value === '') return whole;
    return kind === 'path' ? value.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(value);
  });
}
