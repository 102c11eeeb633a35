import { queryOptions } from '@tanstack/react-query';
import { request, type Schemas, urlOf } from '../api/client';
import { everyPage } from '../api/pages';

/** What each kind is made of. What is at its default is left out by the API, so nothing but names is sure to be there. */
export interface Specs {
  apps: Partial<Schemas['AppSpec']>;
  apis: Pick<Schemas['ApiSpec'], 'api' | 'version' | 'base_path' | 'upstream'> & Partial<Schemas['ApiSpec']>;
  upstreams: Pick<Schemas['UpstreamSpec'], 'targets'> & Partial<Schemas['UpstreamSpec']>;
  connections: Schemas['ConnectionSpec'];
  secrets: Partial<Schemas['SecretSpec']>;
  subscriptions: Schemas['SubscriptionSpec'];
  policies: Schemas['PolicySpec'] & { applies_to?: 'calls' | 'people' };
}

export type Kind = keyof Specs;
export type Spec<K extends Kind> = Specs[K];

/** A spec as stored, and what Keyward knows of it. */
export interface Resource<K extends Kind = Kind> {
  id: string;
  team: string;
  name: string;
  version: number;
  created_at: string;
  updated_at: string;
  source?: string | null;
  spec: Spec<K>;
}

export type App = Resource<'apps'>;
export type Api = Resource<'apis'>;
export type Upstream = Resource<'upstreams'>;
export type Connection = Resource<'connections'>;
export type Secret = Resource<'secrets'>;
export type Subscription = Resource<'subscriptions'>;
export type Policy = Resource<'policies'>;

function address(kind: Kind, team: string, name?: string): string {
  return name === undefined
    ? urlOf(`/api/v1/teams/{team}/${kind}`, { team })
    : urlOf(`/api/v1/teams/{team}/${kind}/{name}`, { team, name });
}

/** All of a kind in a team. */
export const resourcesQuery = <K extends Kind>(kind: K, team: string) =>
  queryOptions({
    queryKey: [kind, team],
    queryFn: ({ signal }) =>
      everyPage((after) =>
        request<{ items: Resource<K>[]; next?: string | null }>(
          'get',
          `${address(kind, team)}?limit=500${after ? `&after=${encodeURIComponent(after)}` : ''}`,
          { signal },
        ),
      ),
    staleTime: 30_000,
  });

export const resourceQuery = <K extends Kind>(kind: K, team: string, name: string) =>
  queryOptions({
    queryKey: [kind, team, 'one', name],
    queryFn: ({ signal }) => readResource(kind, team, name, signal),
  });

export function readResource<K extends Kind>(kind: K, team: string, name: string, signal?: AbortSignal) {
  return request<Resource<K>>('get', address(kind, team, name), { signal });
}

export interface Condition {
  /** The version that the change is based on; none for something new, which must not exist yet. */
  version?: number;
  /** Changes by hand what a source declares. */
  override?: boolean;
}

function conditionHeaders({ version, override }: Condition): Record<string, string> {
  return {
    ...(version === undefined ? { 'If-None-Match': '*' } : { 'If-Match': `"${version}"` }),
    ...(override ? { 'X-Keyward-Override': 'true' } : {}),
  };
}

/** Creates or replaces. `spec` may have what is written and never read, as the value of a secret. */
export function putResource<K extends Kind>(
  kind: K,
  team: string,
  name: string,
  spec: unknown,
  condition: Condition,
): Promise<Resource<K>> {
  return request('put', address(kind, team, name), { body: spec, headers: conditionHeaders(condition) });
}

export function deleteResource(
  kind: Kind,
  team: string,
  name: string,
  condition: Condition & { version: number },
): Promise<void> {
  return request('delete', address(kind, team, name), { headers: conditionHeaders(condition) });
}

/** The scopes of the management API for a kind. */
export const mayRead = (kind: Kind) => `keyward:${kind}.read`;
export const mayWrite = (kind: Kind) => `keyward:${kind}.write`;
