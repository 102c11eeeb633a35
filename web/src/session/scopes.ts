/** Whether scopes hold one: `orders:*` holds `orders:read`. `keyward` is reached by no wildcard but its own. */
export function holds(scopes: readonly string[], wanted: string): boolean {
  return scopes.some((scope) => covers(scope, wanted));
}

/** Whether a scope, perhaps with wildcards, covers another one. */
export function covers(scope: string, wanted: string): boolean {
  if (scope === wanted) return true;
  const [resource = '', action = ''] = split(scope);
  const [wantedResource = '', wantedAction = ''] = split(wanted);
  if (wanted === 'keyward:operator') return false;
  if (resource === '*' ? wantedResource === 'keyward' : resource !== wantedResource) return false;
  return action === '*' || action === wantedAction;
}

function split(scope: string): string[] {
  const colon = scope.indexOf(':');
  return [scope.slice(0, colon), scope.slice(colon + 1)];
}

interface Held {
  scopes: readonly string[];
  apps: readonly string[];
  own_apps_only: boolean;
}

/** Whether somebody manages all tokens of a team, any at all, and those of one app. */
export function tokenRights(held: Held | undefined) {
  const all = holds(held?.scopes ?? [], 'keyward:tokens.write');
  const own = held?.own_apps_only ? held.apps : [];
  return { all, any: all || own.length > 0, of: (app: string) => all || own.includes(app) };
}
