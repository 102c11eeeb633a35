import { useSyncExternalStore } from 'react';

/** Whether times are told by how long ago they were, or by calendar and clock. */
export type Times = 'relative' | 'exact';

const storageKey = 'keyward.times';
const listeners = new Set<() => void>();
let times: Times = stored();

function stored(): Times {
  try {
    return localStorage.getItem(storageKey) === 'exact' ? 'exact' : 'relative';
  } catch {
    return 'relative';
  }
}

export function chooseTimes(next: Times): void {
  try {
    localStorage.setItem(storageKey, next);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  times = next;
  for (const listener of listeners) listener();
}

export function useTimes(): Times {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => times,
  );
}
