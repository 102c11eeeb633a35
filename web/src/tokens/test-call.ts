import { call, type Schemas } from '../api/client';
import { holds } from '../session/scopes';

/** A call that a token could be tried with. */
export interface TrialRoute {
  api: string;
  name: string;
  method: string;
  /** With made-up values for its parameters. */
  path: string;
}

type Granted = Pick<Schemas['Token'], 'scopes' | 'restrictions'>;

/** The routes of the published apis: first those that the token should reach, that only look, and that are to stay. */
export function trialRoutes(apis: readonly Schemas['Api'][], token: Granted): TrialRoute[] {
  const routes = apis
    .filter(({ spec }) => spec.lifecycle === 'published' || spec.lifecycle === 'deprecated')
    .flatMap(({ name, spec }) =>
      (spec.routes ?? []).map((route) => ({
        api: name,
        name: route.name,
        method: route.methods[0] ?? 'GET',
        rank:
          (reaches(token, spec.api, route) ? 4 : 0) +
          (route.methods[0] === 'GET' ? 2 : 0) +
          (spec.lifecycle === 'published' ? 1 : 0),
        path: `${spec.base_path}${(spec.version_in ?? 'path') === 'path' ? `/${spec.version}` : ''}${samplePath(route.path)}`,
      })),
    );
  return routes.sort((a, b) => b.rank - a.rank).map(({ rank: _, ...route }) => route);
}

function reaches(token: Granted, api: string, route: Schemas['Route']): boolean {
  const { scopes = [], restrictions = {} } = token;
  const rule = route.scopes;
  const enough =
    !rule ||
    ('any' in rule
      ? rule.any.some((one) => holds(scopes, one))
      : rule.all.every((one) => holds(scopes, one)));
  const grants = restrictions.apis ?? [];
  const granted = grants.some(
    (one) => one.api === api && (!one.routes?.length || one.routes.includes(route.name)),
  );
  return enough && (grants.length === 0 || granted);
}

const samples: Record<string, string> = {
  int: '1',
  uuid: '00000000-0000-4000-8000-000000000000',
  slug: 'example',
  text: 'example',
  path: 'example',
};

/** `/orders/{id:int}` as `/orders/1` */
export function samplePath(template: string): string {
  return template.replace(
    /\{[^}:]+(?::(\w+))?\}/g,
    (_, type?: string) => samples[type ?? 'text'] ?? 'example',
  );
}

/** Makes a real call with a token. Pages cannot call the gateway, which is another origin: the control plane does. */
export function testCall(team: string, token: string, route: TrialRoute) {
  return call('post', '/api/v1/teams/{team}/test-calls', {
    path: { team },
    body: { token, method: route.method, path: route.path },
  });
}
