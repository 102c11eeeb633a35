import { createRootRoute, createRoute, createRouter, notFound, redirect } from '@tanstack/react-router';
import { analyticsSearch } from './analytics/search';
import { queryClient } from './api/query-client';
import { apiSearch, apisSearch, importSearch } from './apis/search';
import { appSearch } from './apps/search';
import { auditSearch } from './audit/search';
import { callsSearch } from './calls/search';
import { securitySearch } from './operator/search';
import { askForOverview } from './overview/ahead';
import { overviewSearch } from './overview/search';
import { peopleSearch } from './people/search';
import { listSearch } from './resources/search';
import { safeNext } from './session/next';
import { isSignedIn, type Membership, sessionQuery } from './session/session';
import { lastTeam } from './session/team';
import { lazyPage as lazy } from './shell/lazy-page';
import { BareNotFound, BarePageError, NotFound, PageError, PagePending, Root } from './shell/Root';
import { Shell } from './shell/Shell';
import { parseSearch, stringifySearch, textOf } from './shell/search';
import { TeamScope } from './shell/TeamScope';
import { subscriptionsSearch } from './subscriptions/search';
import { askForTokens } from './tokens/ahead';
import { tokenSearch, tokensSearch } from './tokens/search';
import { upstreamSearch } from './upstreams/search';

const root = createRootRoute({ component: Root, notFoundComponent: BareNotFound });

/** Pages of somebody who is signed in. Everybody else is sent to sign in, and comes back. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: Shell,
  errorComponent: BarePageError,
  beforeLoad: async ({ location }) => {
    const session = await queryClient.ensureQueryData(sessionQuery);
    if (!isSignedIn(session)) throw redirect({ href: `/sign-in?next=${encodeURIComponent(location.href)}` });
    return { session };
  },
});

const home = createRoute({
  getParentRoute: () => inside,
  path: '/',
  beforeLoad: ({ context: { session } }) => {
    const names = session.memberships.map(({ team }) => team.name);
    const team = names.find((name) => name === lastTeam()) ?? names[0];
    if (team) throw redirect({ to: '/teams/$team', params: { team }, replace: true });
  },
  component: lazy(() => import('./shell/NoTeam'), 'NoTeam'),
});

/** Pages of a team that the person is in. */
const team = createRoute({
  getParentRoute: () => inside,
  path: '/teams/$team',
  component: TeamScope,
  beforeLoad: ({ context: { session }, params }) => {
    const membership = session.memberships.find((one) => one.team.name === params.team);
    if (!membership) throw notFound();
    return { membership };
  },
});
const inTeam = { getParentRoute: () => team };

interface Entered {
  cause: 'enter' | 'stay' | 'preload';
  context: { membership: Membership };
  location: { search: Record<string, unknown> };
}

/** Has a page's data asked for while its code is still coming, when it is entered. */
function ahead<Search>(
  readSearch: (raw: Record<string, unknown>) => Search,
  ask: (membership: Membership, search: Search) => void,
) {
  return ({ cause, context: { membership }, location }: Entered): void => {
    if (cause === 'enter' && !membership.needs_second_factor) ask(membership, readSearch(location.search));
  };
}

const teamHome = createRoute({
  ...inTeam,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/teams/$team/overview', params, replace: true });
  },
});

// One line for each screen, by noun. A page is loaded when it is first opened.
// biome-ignore format: one line for each screen
const screens = [
  createRoute({ ...inTeam, path: 'overview', validateSearch: overviewSearch, loader: ahead(overviewSearch, askForOverview), component: lazy(() => import('./overview/OverviewPage'), 'OverviewPage') }),
  createRoute({ ...inTeam, path: 'analytics', validateSearch: analyticsSearch, component: lazy(() => import('./analytics/AnalyticsPage'), 'AnalyticsPage') }),
  createRoute({ ...inTeam, path: 'calls', validateSearch: callsSearch, component: lazy(() => import('./calls/CallsPage'), 'CallsPage') }),
  createRoute({ ...inTeam, path: 'tokens', validateSearch: tokensSearch, loader: ahead(tokensSearch, askForTokens), component: lazy(() => import('./tokens/TokensPage'), 'TokensPage') }),
  createRoute({ ...inTeam, path: 'tokens/new', component: lazy(() => import('./tokens/NewTokenPage'), 'NewTokenPage') }),
  createRoute({ ...inTeam, path: 'tokens/$token/edit', component: lazy(() => import('./tokens/EditTokenPage'), 'EditTokenPage') }),
  createRoute({ ...inTeam, path: 'tokens/$token/rotate', component: lazy(() => import('./tokens/RotatePage'), 'RotatePage') }),
  createRoute({ ...inTeam, path: 'tokens/$token', validateSearch: tokenSearch, component: lazy(() => import('./tokens/TokenPage'), 'TokenPage') }),
  createRoute({ ...inTeam, path: 'apps', validateSearch: listSearch, component: lazy(() => import('./apps/AppsPage'), 'AppsPage') }),
  createRoute({ ...inTeam, path: 'apps/-/new', component: lazy(() => import('./apps/NewAppPage'), 'NewAppPage') }),
  createRoute({ ...inTeam, path: 'apps/$name', validateSearch: appSearch, component: lazy(() => import('./apps/AppPage'), 'AppPage') }),
  createRoute({ ...inTeam, path: 'apps/$name/edit', component: lazy(() => import('./apps/EditAppPage'), 'EditAppPage') }),
  createRoute({ ...inTeam, path: 'apis', validateSearch: apisSearch, component: lazy(() => import('./apis/ApisPage'), 'ApisPage') }),
  createRoute({ ...inTeam, path: 'apis/-/new', component: lazy(() => import('./apis/NewApiPage'), 'NewApiPage') }),
  createRoute({ ...inTeam, path: 'apis/-/import', validateSearch: importSearch, component: lazy(() => import('./apis/ImportPage'), 'ImportPage') }),
  createRoute({ ...inTeam, path: 'apis/$name', validateSearch: apiSearch, component: lazy(() => import('./apis/ApiPage'), 'ApiPage') }),
  createRoute({ ...inTeam, path: 'apis/$name/edit', component: lazy(() => import('./apis/EditApiPage'), 'EditApiPage') }),
  createRoute({ ...inTeam, path: 'upstreams', validateSearch: listSearch, component: lazy(() => import('./upstreams/UpstreamsPage'), 'UpstreamsPage') }),
  createRoute({ ...inTeam, path: 'upstreams/-/new', component: lazy(() => import('./upstreams/NewUpstreamPage'), 'NewUpstreamPage') }),
  createRoute({ ...inTeam, path: 'upstreams/$name', validateSearch: upstreamSearch, component: lazy(() => import('./upstreams/UpstreamPage'), 'UpstreamPage') }),
  createRoute({ ...inTeam, path: 'upstreams/$name/edit', component: lazy(() => import('./upstreams/EditUpstreamPage'), 'EditUpstreamPage') }),
  createRoute({ ...inTeam, path: 'connections', validateSearch: listSearch, component: lazy(() => import('./connections/ConnectionsPage'), 'ConnectionsPage') }),
  createRoute({ ...inTeam, path: 'connections/-/new', component: lazy(() => import('./connections/NewConnectionPage'), 'NewConnectionPage') }),
  createRoute({ ...inTeam, path: 'connections/$name', component: lazy(() => import('./connections/ConnectionPage'), 'ConnectionPage') }),
  createRoute({ ...inTeam, path: 'connections/$name/edit', component: lazy(() => import('./connections/EditConnectionPage'), 'EditConnectionPage') }),
  createRoute({ ...inTeam, path: 'secrets', validateSearch: listSearch, component: lazy(() => import('./secrets/SecretsPage'), 'SecretsPage') }),
  createRoute({ ...inTeam, path: 'secrets/$name', component: lazy(() => import('./secrets/SecretPage'), 'SecretPage') }),
  createRoute({ ...inTeam, path: 'policies', validateSearch: listSearch, component: lazy(() => import('./policies/PoliciesPage'), 'PoliciesPage') }),
  createRoute({ ...inTeam, path: 'policies/-/new', component: lazy(() => import('./policies/NewPolicyPage'), 'NewPolicyPage') }),
  createRoute({ ...inTeam, path: 'policies/$name', component: lazy(() => import('./policies/PolicyPage'), 'PolicyPage') }),
  createRoute({ ...inTeam, path: 'policies/$name/edit', component: lazy(() => import('./policies/EditPolicyPage'), 'EditPolicyPage') }),
  createRoute({ ...inTeam, path: 'subscriptions', validateSearch: subscriptionsSearch, component: lazy(() => import('./subscriptions/SubscriptionsPage'), 'SubscriptionsPage') }),
  createRoute({ ...inTeam, path: 'people', validateSearch: peopleSearch, component: lazy(() => import('./people/PeoplePage'), 'PeoplePage') }),
  createRoute({ ...inTeam, path: 'audit', validateSearch: auditSearch, component: lazy(() => import('./audit/AuditPage'), 'AuditPage') }),
  createRoute({ ...inTeam, path: 'settings', component: lazy(() => import('./settings/SettingsPage'), 'SettingsPage') }),
] as const;

// biome-ignore format: one line for each screen
const outside = [
  createRoute({ getParentRoute: () => root, path: '/setup', component: lazy(() => import('./session/SetupPage'), 'SetupPage') }),
  createRoute({ getParentRoute: () => root, path: '/invitation', component: lazy(() => import('./session/InvitationPage'), 'InvitationPage') }),
  createRoute({ getParentRoute: () => root, path: '/reset', component: lazy(() => import('./session/ResetPage'), 'ResetPage') }),
] as const;

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: ({ next }: Record<string, unknown>): { next?: string } => ({ next: textOf(next) }),
  beforeLoad: async ({ search: { next } }) => {
    // Where it cannot be said who is signed in, the page says so itself.
    const session = await queryClient.ensureQueryData(sessionQuery).catch(() => null);
    if (isSignedIn(session)) throw redirect({ href: safeNext(next), replace: true });
  },
  component: lazy(() => import('./session/SignInPage'), 'SignInPage'),
});

const account = createRoute({
  getParentRoute: () => inside,
  path: '/account',
  component: lazy(() => import('./account/AccountPage'), 'AccountPage'),
});

/** Pages of whoever runs the installation. */
const installation = createRoute({
  getParentRoute: () => inside,
  path: '/installation',
  component: lazy(() => import('./operator/OperatorScope'), 'OperatorScope'),
});
const inInstallation = { getParentRoute: () => installation };

// biome-ignore format: one line for each screen
const operatorScreens = [
  createRoute({ ...inInstallation, path: '/', component: lazy(() => import('./operator/InstallationPage'), 'InstallationPage') }),
  createRoute({ ...inInstallation, path: 'teams', component: lazy(() => import('./operator/TeamsPage'), 'TeamsPage') }),
  createRoute({ ...inInstallation, path: 'users', component: lazy(() => import('./operator/UsersPage'), 'UsersPage') }),
  createRoute({ ...inInstallation, path: 'keys', component: lazy(() => import('./operator/KeysPage'), 'KeysPage') }),
  createRoute({ ...inInstallation, path: 'security', validateSearch: securitySearch, component: lazy(() => import('./operator/SecurityPage'), 'SecurityPage') }),
  createRoute({ ...inInstallation, path: 'audit', validateSearch: auditSearch, component: lazy(() => import('./operator/TrailPage'), 'TrailPage') }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    ...outside,
    inside.addChildren([
      home,
      account,
      installation.addChildren(operatorScreens),
      team.addChildren([teamHome, ...screens]),
    ]),
  ]),
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: PageError,
  defaultPendingComponent: PagePending,
  defaultPreload: 'intent',
  defaultPendingMs: 200,
  // A page that has come is not held back for what stood in its place.
  defaultPendingMinMs: 0,
  scrollRestoration: true,
  parseSearch,
  stringifySearch,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
