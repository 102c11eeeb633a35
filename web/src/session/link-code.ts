import { useSyncExternalStore } from 'react';

/** Pages that are opened by a link whose code stands behind `#`. */
const pages = /^\/(setup|invitation|reset)\/?$/;

let code: string | undefined;
const listeners = new Set<() => void>();

/**
 * Takes the code of a link out of the address, so that it is in no history, no bookmark and no screenshot. This runs
 * before the router sees the address; the code lives on in memory alone.
 */
function take(): void {
  if (!pages.test(location.pathname) || location.hash.length < 2) return;
  code = location.hash.slice(1);
  history.replaceState(history.state, '', location.pathname);
  for (const listener of listeners) listener();
}

take();
// Another link of the same kind, put into the address of a page that is open.
window.addEventListener('hashchange', take);

/** The code of the link that this page was opened by. */
export function useLinkCode(): string | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => code,
  );
}

/** It was used, or will not work: nobody needs it any more. */
export function forgetLinkCode(): void {
  code = undefined;
  for (const listener of listeners) listener();
}
