import type { Schemas } from '../../api/client';
import { isAddressRange, isOriginPattern } from '../../format/addresses';
import { endOfDay } from '../../format/time';
import { type Resource, scopesOf } from './permissions';

export const templates = ['read', 'ci', 'server', 'widget', 'custom'] as const;
export type Template = (typeof templates)[number];
/** `keep` is for a token that has an end already. */
export type ExpiryChoice = 'keep' | '7' | '30' | '90' | 'default' | 'date' | 'never';
export type Method = Schemas['Method'];
export const methods: Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
export const rateWindows = { second: 1, minute: 60, hour: 3600 } as const;
export type RateWindow = keyof typeof rateWindows;

/** The fields that have a place of their own for what the API says of them. */
export const apiFields = [
  'name',
  'description',
  'app',
  'scopes',
  'expires_at',
  'restrictions.apis',
  'restrictions.methods',
  'restrictions.allow_addresses',
  'restrictions.deny_addresses',
  'restrictions.origins',
  'restrictions.time_windows',
  'limits',
];

/** What is typed and chosen while a token is being made. */
export interface TokenForm {
  template: Template;
  name: string;
  place: string;
  app: string | null;
  scopes: string[];
  expiry: ExpiryChoice;
  date: string;
  allow: string[];
  deny: string[];
  origins: string[];
  methods: Method[];
  apis: string[];
  windows: Schemas['TimeWindow'][];
  rate: string;
  rateWindow: RateWindow;
  quota: string;
  quotaPeriod: Schemas['QuotaPeriod'];
}

export function emptyForm(): TokenForm {
  return {
    template: 'custom',
    name: '',
    place: '',
    app: null,
    scopes: [],
    expiry: 'default',
    date: '',
    allow: [],
    deny: [],
    origins: [],
    methods: [],
    apis: [],
    windows: [],
    rate: '',
    rateWindow: 'minute',
    quota: '',
    quotaPeriod: 'day',
  };
}

const looks: Record<Template, { level: 'none' | 'read' | 'write'; expiry: ExpiryChoice; methods: Method[] }> =
  {
    read: { level: 'read', expiry: '90', methods: [] },
    ci: { level: 'read', expiry: '30', methods: [] },
    server: { level: 'write', expiry: '90', methods: [] },
    widget: { level: 'read', expiry: '90', methods: ['GET'] },
    custom: { level: 'none', expiry: 'default', methods: [] },
  };

/** A form as a template would have it; what the template does not speak of stays as it was typed. */
export function withTemplate(form: TokenForm, template: Template, resources: readonly Resource[]): TokenForm {
  const { level, expiry, methods: only } = looks[template];
  return {
    ...form,
    template,
    scopes: scopesFor(template, resources, level),
    expiry,
    methods: only,
  };
}

/** A template gives no access to the management API: that is chosen by hand. */
function scopesFor(
  template: Template,
  resources: readonly Resource[],
  level: 'none' | 'read' | 'write',
): string[] {
  if (template === 'custom') return [];
  return resources
    .filter((resource) => resource.name !== 'keyward')
    .flatMap((resource) => scopesOf(resource, level))
    .sort();
}

/** When the token ends: null where it never does, undefined while the date is missing. */
export function expiryOf(
  form: Pick<TokenForm, 'expiry' | 'date'>,
  rules: { default_lifetime_days?: number } | undefined,
  zone: string,
  now: number,
  current?: Date | null,
): Date | null | undefined {
  if (form.expiry === 'keep') return current;
  if (form.expiry === 'never') return null;
  if (form.expiry === 'date') {
    return /^\d{4}-\d{2}-\d{2}$/.test(form.date) ? endOfDay(form.date, zone) : undefined;
  }
  const days = form.expiry === 'default' ? (rules?.default_lifetime_days ?? 30) : Number(form.expiry);
  return new Date(now + days * 86_400_000);
}

/** The lifetime as the command line takes it, `30d`, where one was chosen. */
export function lifetimeOf(
  { expiry }: Pick<TokenForm, 'expiry'>,
  rules: { default_lifetime_days?: number } | undefined,
): string | undefined {
  if (expiry === 'date' || expiry === 'never' || expiry === 'keep') return undefined;
  return `${expiry === 'default' ? (rules?.default_lifetime_days ?? 30) : expiry}d`;
}

export function restrictionsOf(form: TokenForm): Schemas['Restrictions'] | undefined {
  const restrictions: Schemas['Restrictions'] = {
    ...(form.apis.length > 0 && { apis: form.apis.map((api) => ({ api })) }),
    ...(form.methods.length > 0 && { methods: form.methods }),
    ...(form.allow.length > 0 && { allow_addresses: form.allow }),
    ...(form.deny.length > 0 && { deny_addresses: form.deny }),
    ...(form.origins.length > 0 && { origins: form.origins }),
    ...(form.windows.length > 0 && { time_windows: form.windows }),
  };
  return Object.keys(restrictions).length > 0 ? restrictions : undefined;
}

/** A whole number above zero, or undefined. */
export function amountOf(text: string): number | undefined {
  const plain = text.replace(/[\s,_'\u202f]/g, '');
  return /^[1-9]\d{0,11}$/.test(plain) ? Number(plain) : undefined;
}

export function limitsOf(form: TokenForm, zone: string): Schemas['Limits'] | undefined {
  const rate = amountOf(form.rate);
  const quota = amountOf(form.quota);
  if (rate === undefined && quota === undefined) return undefined;
  return {
    ...(rate !== undefined && { rates: [{ limit: rate, window_seconds: rateWindows[form.rateWindow] }] }),
    ...(quota !== undefined && { quotas: [{ limit: quota, period: form.quotaPeriod, zone }] }),
  };
}

/** What is asked of the API, as the form stands. */
export function bodyOf(
  form: TokenForm,
  expires: Date | null | undefined,
  zone: string,
): Schemas['CreateToken'] {
  return {
    app: form.app ?? '',
    name: form.name.trim(),
    ...(form.place.trim() !== '' && { description: form.place.trim() }),
    ...(form.scopes.length > 0 && { scopes: form.scopes }),
    restrictions: restrictionsOf(form),
    limits: limitsOf(form, zone),
    expires_at: expires === null ? 'never' : expires?.toISOString(),
  };
}

export type FormProblem =
  | 'name'
  | 'app'
  | 'date'
  | 'datePast'
  | 'allow'
  | 'deny'
  | 'origins'
  | 'rate'
  | 'quota'
  | 'windows';

/** What the page itself can see to be wrong. */
export function problemsOf(form: TokenForm, expires: Date | null | undefined, now: number): Set<FormProblem> {
  const problems = new Set<FormProblem>();
  if (form.name.trim() === '') problems.add('name');
  if (form.app === null) problems.add('app');
  if (expires === undefined) problems.add('date');
  else if (expires !== null && Number(expires) <= now) problems.add('datePast');
  if (!form.allow.every(isAddressRange)) problems.add('allow');
  if (!form.deny.every(isAddressRange)) problems.add('deny');
  if (!form.origins.every(isOriginPattern)) problems.add('origins');
  if (form.rate.trim() !== '' && amountOf(form.rate) === undefined) problems.add('rate');
  if (form.quota.trim() !== '' && amountOf(form.quota) === undefined) problems.add('quota');
  if (form.windows.some((window) => window.from === window.to)) problems.add('windows');
  return problems;
}
