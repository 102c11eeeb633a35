import type { Schemas } from '../../api/client';

/** Text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  if (text !== '' && /^[A-Za-z0-9_@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The command that makes the same token; `lifetime` is its end as a span, where it was chosen as one. */
export function commandFor(team: string, body: Schemas['CreateToken'], lifetime?: string): string {
  const { restrictions = {}, limits = {} } = body;
  const words: [string, string][] = [
    ['--team', team],
    ['--app', body.app],
    ['--name', body.name],
  ];
  if (body.description) words.push(['--description', body.description]);
  if (body.scopes?.length) words.push(['--scope', body.scopes.join(',')]);
  for (const grant of restrictions.apis ?? []) {
    words.push(['--api', grant.routes?.length ? `${grant.api}:${grant.routes.join(',')}` : grant.api]);
  }
  for (const method of restrictions.methods ?? []) words.push(['--method', method]);
  for (const range of restrictions.allow_addresses ?? []) words.push(['--allow-address', range]);
  for (const range of restrictions.deny_addresses ?? []) words.push(['--deny-address', range]);
  for (const origin of restrictions.origins ?? []) words.push(['--origin', origin]);
  for (const window of restrictions.time_windows ?? []) words.push(['--time-window', windowText(window)]);
  for (const rate of limits.rates ?? []) words.push(['--rate', `${rate.limit}/${rate.window_seconds}s`]);
  for (const quota of limits.quotas ?? []) {
    words.push(['--quota', `${quota.limit}/${quota.period}${quota.zone ? `,zone=${quota.zone}` : ''}`]);
  }
  const expires = lifetime ?? body.expires_at;
  if (expires) words.push(['--expires', expires]);
  return ['keyward token create', ...words.map(([flag, value]) => `${flag} ${shellWord(value)}`)].join(
    ' \\\n  ',
  );
}

/** `mon,tue 08:00-18:00 Europe/Berlin`, as the command line takes it. */
export function windowText({ days, from, to, zone }: Schemas['TimeWindow']): string {
  return [days?.length ? days.join(',') : undefined, `${from}-${to}`, zone].filter(Boolean).join(' ');
}

/** The request that makes the same token, for whoever has a token of the management API in `$KEYWARD_TOKEN`. */
export function requestFor(origin: string, team: string, body: Schemas['CreateToken']): string {
  const json = JSON.stringify(body, null, 2);
  return [
    `curl ${shellWord(`${origin}/api/v1/teams/${encodeURIComponent(team)}/tokens`)}`,
    '-H "Authorization: Bearer $KEYWARD_TOKEN"',
    "-H 'Content-Type: application/json'",
    `-d ${shellWord(json)}`,
  ].join(' \\\n  ');
}
