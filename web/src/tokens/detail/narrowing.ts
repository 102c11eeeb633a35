import type { Schemas } from '../../api/client';

type Narrowed = Schemas['Narrowing'];
type Spec = Pick<Schemas['TokenSpec'], 'scopes' | 'restrictions'>;

export const parts = ['scopes', 'apis', 'methods'] as const;
export type Part = (typeof parts)[number];

/** What each part is now and would be, as words to set side by side; an empty list of `apis` or `methods` means any. */
export function comparison(
  token: Spec,
  narrowing: Narrowed,
): Record<Part, { now: string[]; after: string[] }> {
  return {
    scopes: { now: [...(token.scopes ?? [])].sort(), after: [...narrowing.scopes].sort() },
    apis: { now: grantWords(token.restrictions?.apis ?? []), after: grantWords(narrowing.apis) },
    methods: { now: [...(token.restrictions?.methods ?? [])].sort(), after: [...narrowing.methods].sort() },
  };
}

/** The parts in which the token has more than it used. */
export function narrowable(token: Spec, narrowing: Narrowed): Part[] {
  const sides = comparison(token, narrowing);
  return parts.filter((part) => {
    const { now, after } = sides[part];
    // With nothing called there is nothing to narrow to: an empty list would lift the restriction.
    if (part !== 'scopes' && after.length === 0) return false;
    return now.join('\n') !== after.join('\n');
  });
}

/** The edit that narrows the chosen parts and leaves the others alone. */
export function narrowingEdit(
  token: Spec,
  narrowing: Narrowed,
  chosen: readonly Part[],
): Schemas['EditToken'] {
  const restricts = chosen.some((part) => part !== 'scopes');
  return {
    ...(chosen.includes('scopes') && { scopes: narrowing.scopes }),
    ...(restricts && {
      restrictions: {
        ...token.restrictions,
        ...(chosen.includes('apis') && { apis: narrowing.apis }),
        ...(chosen.includes('methods') && { methods: narrowing.methods as Schemas['Method'][] }),
      },
    }),
  };
}

function grantWords(grants: readonly Schemas['ApiGrant'][]): string[] {
  return grants
    .map(({ api, routes }) => (routes?.length ? `${api}: ${[...routes].sort().join(', ')}` : api))
    .sort();
}
