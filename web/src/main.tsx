import './theme.css';
// Before the router looks at the address.
import './session/link-code';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/query-client';
import { direction, language } from './messages/messages';
import { router } from './routes';
import { sessionQuery } from './session/session';
import { startTheme } from './shell/theme';

// The page's code comes while it is asked who is signed in. From the front door one is led to the overview.
const first =
  router.latestLocation.pathname === '/'
    ? router.buildLocation({ to: '/teams/$team/overview', params: { team: '-' } })
    : router.latestLocation;
for (const { routeId } of router.matchRoutes(first)) {
  if (routeId === '/inside') void queryClient.prefetchQuery(sessionQuery);
  const { options } = router.routesById[routeId as keyof typeof router.routesById];
  void options.component?.preload?.()?.catch(() => {});
}

startTheme();
document.documentElement.lang = language;
document.documentElement.dir = direction;

// A page that comes back from the browser's history would show what was on it: a secret, or what is no longer allowed.
window.addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
