import type { Schemas } from '../../api/client';
import { same, tidy } from '../../resources/json';
import { emptyForm, limitsOf, type RateWindow, rateWindows, type TokenForm } from '../create/form';
import type { Resource } from '../create/permissions';
import { reads } from '../create/permissions';
import type { Token } from '../queries';
import { editedRestrictions, formOf as restrictionFields } from './restriction-form';

type Limits = Schemas['Limits'];

/** What can be edited of a token, as it is or as it would be. */
export interface Edited {
  name: string;
  description: string;
  scopes: string[];
  restrictions: Schemas['Restrictions'];
  limits: Limits;
  /** Null where it never ends. */
  expires_at: string | null;
}

export interface EditForm extends TokenForm {
  /** Limits that are more than the sentence of the form can say, row by row. */
  rows?: Limits;
  reason: string;
}

export function editedOf(token: Partial<Token>): Edited {
  return {
    name: token.name ?? '',
    description: token.description ?? '',
    scopes: [...(token.scopes ?? [])].sort(),
    restrictions: token.restrictions ?? {},
    limits: token.limits ?? {},
    expires_at: token.expires_at ?? null,
  };
}

/** A form that changes nothing yet. */
export function formOf(edited: Edited, app: string, zone: string): EditForm {
  const limits = sentenceOf(edited.limits, zone);
  return {
    ...emptyForm(),
    ...restrictionFields(edited.restrictions),
    ...limits,
    rows: limits ? undefined : edited.limits,
    name: edited.name,
    place: edited.description,
    app,
    scopes: edited.scopes,
    expiry: 'keep',
    reason: '',
  };
}

/** Limits as the blanks of a sentence; undefined where they do not fit in. */
function sentenceOf({ rates = [], quotas = [] }: Limits, zone: string) {
  const [rate, ...otherRates] = rates;
  const [quota, ...otherQuotas] = quotas;
  const window = (Object.keys(rateWindows) as RateWindow[]).find(
    (one) => rateWindows[one] === rate?.window_seconds,
  );
  const fits =
    otherRates.length + otherQuotas.length === 0 &&
    [rate, quota].every((one) => (one?.unit ?? 'calls') === 'calls') &&
    (!rate || (window && (rate.burst ?? rate.limit) === rate.limit)) &&
    (!quota || (quota.zone ?? 'UTC') === zone);
  if (!fits) return undefined;
  return {
    ...(rate && { rate: String(rate.limit), rateWindow: window }),
    ...(quota && { quota: String(quota.limit), quotaPeriod: quota.period }),
  } as Partial<TokenForm>;
}

/** What the token would be as the form stands. What does not differ is left exactly as it was. */
export function afterOf(
  before: Edited,
  form: EditForm,
  expires: Date | null | undefined,
  zone: string,
): Edited {
  const keep = <T>(old: T, next: T) => (alike(old, next) ? old : next);
  return {
    name: form.name.trim(),
    description: form.place.trim(),
    scopes: keep(before.scopes, [...form.scopes].sort()),
    restrictions: keep(before.restrictions, filled(editedRestrictions(before.restrictions, form))),
    limits: keep(before.limits, form.rows ?? limitsOf(form, zone) ?? {}),
    expires_at:
      form.expiry === 'keep' || expires === undefined ? before.expires_at : (expires?.toISOString() ?? null),
  };
}

function filled(restrictions: Schemas['Restrictions']): Schemas['Restrictions'] {
  return Object.fromEntries(Object.entries(restrictions).filter(([, list]) => list.length > 0));
}

/** Lists without an order, whose entries are told in whichever comes. */
const sets = ['methods', 'allow_addresses', 'deny_addresses', 'origins'];

/** Whether two values say the same; the API leaves out what is at its default. */
export function alike(a: unknown, b: unknown): boolean {
  return same(bare(a), bare(b));
}

const defaults = { unit: 'calls', zone: 'UTC' } as Record<string, unknown>;

function bare(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    const list = value.map((item) => bare(item));
    return sets.includes(key) ? list.sort() : list;
  }
  if (typeof value !== 'object' || value === null) return value;
  return tidy(
    Object.fromEntries(
      Object.entries(value)
        .filter(([name, member]) => member !== null && member !== defaults[name])
        .map(([name, member]) => [name, bare(member, name)] as const)
        .filter(([, member]) => !(Array.isArray(member) && member.length === 0)),
    ),
  );
}

/** What is sent: only what differs. Nothing where nothing does. */
export function bodyOf(before: Edited, after: Edited, reason = ''): Schemas['EditToken'] | undefined {
  const body: Schemas['EditToken'] = {
    ...(after.name !== before.name && { name: after.name }),
    ...(after.description !== before.description && { description: after.description }),
    ...(!alike(after.scopes, before.scopes) && { scopes: after.scopes }),
    ...(!alike(after.restrictions, before.restrictions) && { restrictions: after.restrictions }),
    ...(!alike(after.limits, before.limits) && { limits: after.limits }),
    ...(after.expires_at !== before.expires_at && { expires_at: after.expires_at ?? 'never' }),
  };
  if (Object.keys(body).length === 0) return undefined;
  return { ...body, ...(reason.trim() !== '' && { reason: reason.trim() }) };
}

/** What an app gives its tokens, and besides what this token holds although the app no longer gives it. */
export function withHeld(resources: readonly Resource[], held: readonly string[]): Resource[] {
  const known = new Set(resources.flatMap(({ actions }) => actions.map(({ scope }) => scope)));
  const all = new Map(resources.map((resource) => [resource.name, resource]));
  for (const scope of held.filter((one) => !known.has(one))) {
    const name = scope.slice(0, scope.indexOf(':'));
    const actions = all.get(name)?.actions ?? [];
    all.set(name, { name, actions: [...actions, { scope, reads: reads(scope) }] });
  }
  return [...all.values()];
}
