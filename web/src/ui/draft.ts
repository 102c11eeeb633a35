import { useBlocker } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState } from 'react';

const drafts = new Map<string, unknown>();

/** Forgets all that was typed and not sent: when another person may sit down. */
export function forgetDrafts(): void {
  drafts.clear();
}

/**
 * State that outlives the page, in memory: what was typed is there again when one comes back. Never for secrets.
 * The third of the answer throws it away.
 */
export function useDraft<T>(
  key: string,
  initial: () => T,
): [T, (next: T | ((before: T) => T)) => void, () => void] {
  const first = useRef(initial);
  first.current = initial;
  const [value, setValue] = useState<T>(() => (drafts.has(key) ? (drafts.get(key) as T) : initial()));
  const change = useCallback(
    (next: T | ((before: T) => T)) =>
      setValue((before) => {
        const after = typeof next === 'function' ? (next as (before: T) => T)(before) : next;
        drafts.set(key, after);
        return after;
      }),
    [key],
  );
  const discard = useCallback(() => {
    drafts.delete(key);
    setValue(first.current());
  }, [key]);
  return [value, change, discard];
}

/** Has the browser ask before the window is closed or loaded anew. */
export function useUnloadGuard(when: boolean): void {
  useEffect(() => {
    if (!when) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [when]);
}

/** Asks before the page is left. Show `Confirm` while `asking`, and answer with `stay` or `leave`. */
export function useLeaveGuard(when: boolean): { asking: boolean; stay: () => void; leave: () => void } {
  const blocker = useBlocker({ shouldBlockFn: () => when, enableBeforeUnload: when, withResolver: true });
  return {
    asking: blocker.status === 'blocked',
    stay: () => blocker.reset?.(),
    leave: () => blocker.proceed?.(),
  };
}
