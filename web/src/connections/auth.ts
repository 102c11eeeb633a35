import type { Schemas } from '../api/client';
import { t } from '../messages/messages';

export type Auth = Schemas['Auth'];
export const authKinds = ['none', 'header', 'bearer', 'basic', 'query'] as const;
export type AuthKind = (typeof authKinds)[number];

export function authKind(auth: Auth | undefined): AuthKind {
  if (auth === undefined || typeof auth === 'string') return 'none';
  return authKinds.find((kind) => kind in auth) ?? 'none';
}

export function secretOf(auth: Auth | undefined): string | undefined {
  if (auth === undefined || typeof auth === 'string') return undefined;
  const [inner] = Object.values(auth) as { secret?: string }[];
  return inner?.secret;
}

/** What the service sees, with the secret blotted out. */
export function presented(auth: Auth | undefined): string {
  if (auth === undefined || typeof auth === 'string') return t('connections.presents.none');
  if ('header' in auth)
    return t('connections.presents.header', { name: auth.header.name, prefix: auth.header.prefix ?? '' });
  if ('bearer' in auth) return t('connections.presents.bearer');
  if ('basic' in auth) return t('connections.presents.basic', { username: auth.basic.username });
  return t('connections.presents.query', { name: auth.query.name });
}

/** Another kind of presentation, with the secret that was chosen kept. */
export function withKind(auth: Auth | undefined, kind: AuthKind): Auth {
  const secret = secretOf(auth) ?? '';
  switch (kind) {
    case 'none':
      return 'none';
    case 'header':
      return { header: { name: 'x-api-key', secret } };
    case 'bearer':
      return { bearer: { secret } };
    case 'basic':
      return { basic: { username: '', secret } };
    case 'query':
      return { query: { name: 'key', secret } };
  }
}
