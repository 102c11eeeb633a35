import { dateAndTime } from '../../format/time';
import { type MessageId, t } from '../../messages/messages';
import { limitLines } from '../limits';
import { windowWords } from '../restrictions';
import type { Edited } from './form';
import { type Facet, facets, widens } from './widening';

export interface Change {
  facet: Facet;
  term: string;
  /** What goes and what comes, in words. */
  removed: string[];
  added: string[];
  widens: boolean;
}

const terms: Record<Facet, MessageId> = {
  name: 'tokens.new.name',
  description: 'tokens.fact.description',
  scopes: 'tokens.fact.scopes',
  expires_at: 'tokens.fact.expires',
  allow_addresses: 'tokens.restriction.allow',
  deny_addresses: 'tokens.restriction.deny',
  origins: 'tokens.restriction.origins',
  apis: 'tokens.restriction.apis',
  methods: 'tokens.restriction.methods',
  time_windows: 'tokens.restriction.windows',
  limits: 'tokens.fact.limits',
};

/** What saving would change, facet by facet. */
export function changesOf(before: Edited, after: Edited, zone: string): Change[] {
  return facets.flatMap((facet) => {
    const [old, now] = [words(facet, before, zone), words(facet, after, zone)];
    const change = {
      facet,
      term: t(terms[facet]),
      removed: old.filter((word) => !now.includes(word)),
      added: now.filter((word) => !old.includes(word)),
      widens: widens(facet, before, after),
    };
    return change.removed.length + change.added.length === 0 ? [] : [change];
  });
}

function words(facet: Facet, edited: Edited, zone: string): string[] {
  const { restrictions } = edited;
  const or = (list: readonly string[], none: MessageId) => (list.length > 0 ? [...list] : [t(none)]);
  switch (facet) {
    case 'name':
      return [edited.name];
    case 'description':
      return edited.description === '' ? [] : [edited.description];
    case 'scopes':
      return edited.scopes;
    case 'expires_at':
      return [edited.expires_at ? dateAndTime(new Date(edited.expires_at), zone) : t('tokens.never')];
    case 'limits':
      return or(limitLines(edited.limits), 'tokens.fact.noLimits');
    case 'deny_addresses':
      return restrictions.deny_addresses ?? [];
    case 'apis':
      return or(
        (restrictions.apis ?? []).map(({ api, routes }) =>
          routes?.length ? `${api} (${routes.join(', ')})` : api,
        ),
        'tokens.narrow.any',
      );
    case 'time_windows':
      return or((restrictions.time_windows ?? []).map(windowWords), 'tokens.narrow.any');
    default:
      return or(restrictions[facet] ?? [], 'tokens.narrow.any');
  }
}
