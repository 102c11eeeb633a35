import type { Schemas } from '../../api/client';
import type { TokenForm } from '../create/form';

type Restrictions = Schemas['Restrictions'];
type Fields = Pick<TokenForm, 'allow' | 'deny' | 'origins' | 'methods' | 'apis' | 'windows'>;

/** Restrictions as they are edited. */
export function formOf(restrictions: Restrictions): Fields {
  return {
    allow: restrictions.allow_addresses ?? [],
    deny: restrictions.deny_addresses ?? [],
    origins: restrictions.origins ?? [],
    methods: restrictions.methods ?? [],
    apis: (restrictions.apis ?? []).map(({ api }) => api),
    windows: restrictions.time_windows ?? [],
  };
}

/** Restrictions after the edit. What the form does not show, routes and client certificates, stays. */
export function editedRestrictions(before: Restrictions, form: Fields): Restrictions {
  return {
    ...before,
    allow_addresses: form.allow,
    deny_addresses: form.deny,
    origins: form.origins,
    methods: form.methods,
    time_windows: form.windows,
    apis: form.apis.map((api) => (before.apis ?? []).find((grant) => grant.api === api) ?? { api }),
  };
}
