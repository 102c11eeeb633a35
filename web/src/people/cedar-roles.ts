/** What a role may do with one thing. */
export type Grant = 'no' | 'ownApps' | 'conditional' | 'yes';

interface Permit {
  role: string;
  /** The actions by name; none means all. */
  actions?: string[];
  grant: Grant;
}

/**
 * What roles are permitted by Cedar text, for those statements that permit a role something. It is for showing, as in a
 * table: what counts is decided by Keyward with the text as a whole.
 */
export function permitsOf(cedar: string): Permit[] {
  const text = cedar.replace(/^\s*\/\/.*$/gm, '');
  const statements = text.matchAll(
    /\b(permit|forbid)\s*\(([\s\S]*?)\)\s*((?:(?:when|unless)\s*\{[\s\S]*?\}\s*)*);/g,
  );
  return [...statements].flatMap(([, effect, head = '', conditions = '']) => {
    const role = /principal\s+in\s+Keyward::Role::"([^"]+)"/.exec(head)?.[1];
    if (effect !== 'permit' || !role) return [];
    const named = /\baction\s*(?:==|in)\s*(\[[\s\S]*?\]|Keyward::Action::"[^"]+")/.exec(head)?.[1];
    const actions = named && [...named.matchAll(/Keyward::Action::"([^"]+)"/g)].map(([, name = '']) => name);
    return [{ role, actions: actions || undefined, grant: grantOf(head, conditions) }];
  });
}

function grantOf(head: string, conditions: string): Grant {
  const forApps = /\bresource\s+is\s+Keyward::App\b/.test(head);
  if (forApps && /principal\.apps\.contains\(\s*resource\s*\)/.test(conditions)) return 'ownApps';
  return conditions.trim() === '' && !forApps ? 'yes' : 'conditional';
}

const order: Grant[] = ['no', 'ownApps', 'conditional', 'yes'];

/** The most that some permits give a role of an action. */
export function grant(permits: readonly Permit[], role: string, action: string): Grant {
  const given = permits
    .filter((permit) => permit.role === role && (permit.actions?.includes(action) ?? true))
    .map((permit) => order.indexOf(permit.grant));
  return order[Math.max(0, ...given)] ?? 'no';
}
