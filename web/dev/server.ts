import type { Connect, Plugin, ProxyOptions } from 'vite';

const origin = process.env.KEYWARD_URL ?? 'http://127.0.0.1:8081';
const token = process.env.KEYWARD_TOKEN;

/** What the control plane sends with the built files. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Hands requests of the API on to a Keyward, as whoever holds `KEYWARD_TOKEN` where it is set. */
export function proxy(): Record<string, ProxyOptions> {
  const headers = token ? { Authorization: `Bearer ${token}` } : undefined;
  const target = { target: origin, headers };
  return { '/api': target, '/errors': target };
}

interface TeamItem {
  id: string;
  name: string;
  spec: { title?: string; zone?: string };
}

/** With `KEYWARD_TOKEN` there is no signed-in user: this makes one up who may do everything in every team. */
export function operatorSession(): Plugin {
  const answer: Connect.NextHandleFunction = (request, response, next) => {
    if (!token || request.method !== 'GET' || request.url?.split('?')[0] !== '/api/v1/session') return next();
    madeUpSession(token)
      .then((session) => {
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify(session));
      })
      .catch(next);
  };
  return {
    name: 'operator-session',
    configureServer: (server) => void server.middlewares.use(answer),
    configurePreviewServer: (server) => void server.middlewares.use(answer),
  };
}

async function madeUpSession(bearer: string) {
  const response = await fetch(`${origin}/api/v1/teams?limit=500`, {
    headers: { Authorization: `Bearer ${bearer}` },
  });
  if (!response.ok) throw new Error(`${origin} answered ${response.status} to the operator's token.`);
  const teams = (await response.json()) as { items: TeamItem[] };
  return {
    state: 'signed_in',
    user: { id: 'operator', email: 'operator@localhost', name: 'Operator', operator: true },
    memberships: teams.items.map((team) => ({
      team: { id: team.id, name: team.name, title: team.spec.title ?? '', zone: team.spec.zone ?? 'UTC' },
      role: 'administrator',
      apps: [],
      scopes: ['keyward:*', 'keyward:operator'],
      own_apps_only: false,
      needs_second_factor: false,
    })),
    second_factor: { methods: [], at: null },
    demo: false,
    public_url: origin,
    version: 'development',
    gateway_url: 'http://127.0.0.1:8080',
    expires_at: new Date(Date.now() + 12 * 3_600_000).toISOString(),
  };
}
