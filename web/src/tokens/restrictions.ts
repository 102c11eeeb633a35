import type { Schemas } from '../api/client';
import { and, or } from '../format/numbers';
import { t } from '../messages/messages';

/** What a token is held to, as terms and words; where it may come from is always said. */
export function restrictionLines(restrictions: Schemas['Restrictions']): [string, string][] {
  const lines: [string, string][] = [];
  const { allow_addresses: allow = [], deny_addresses: deny = [] } = restrictions;
  const except = deny.length > 0 ? `, ${t('tokens.summary.except', { addresses: and(deny) })}` : '';
  lines.push([
    t('tokens.summary.from'),
    `${allow.length > 0 ? or(allow) : t('tokens.summary.anywhere')}${except}`,
  ]);
  if (restrictions.origins?.length) lines.push([t('tokens.summary.on'), or(restrictions.origins)]);
  if (restrictions.methods?.length) lines.push([t('tokens.summary.with'), or(restrictions.methods)]);
  if (restrictions.apis?.length) {
    const grants = restrictions.apis.map(({ api, routes }) =>
      routes?.length ? `${api} (${routes.join(', ')})` : api,
    );
    lines.push([t('tokens.summary.apis'), and(grants)]);
  }
  if (restrictions.client_certificates?.length) {
    lines.push([
      t('tokens.summary.certificates'),
      t('tokens.summary.certificates.count', { count: restrictions.client_certificates.length }),
    ]);
  }
  if (restrictions.time_windows?.length) {
    lines.push([t('tokens.summary.when'), or(restrictions.time_windows.map(windowWords))]);
  }
  return lines;
}

export function windowWords({ days, from, to, zone }: Schemas['TimeWindow']): string {
  const names = days?.length ? days.map((day) => t(`tokens.day.${day}`)).join(', ') : t('tokens.day.every');
  return `${names} ${from}–${to}${zone ? ` ${zone}` : ''}`;
}
