import type { ProblemError } from './problem';

let look: (() => void) | undefined;

/** Says who looks anew at what the person may do. Returns how to take that back. */
export function onRightsInDoubt(handler: () => void): () => void {
  look = handler;
  return () => {
    if (look === handler) look = undefined;
  };
}

/** What was refused to somebody in a team tells that they may do less there by now, or are in it no more. */
export function doubtRights({ code }: ProblemError, url: string): void {
  if (/\/api\/v1\/teams\//.test(url) && (code === 'right_missing' || code === 'not_found')) look?.();
}
