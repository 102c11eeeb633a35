/** Has the person sign in again; true when they did, false when they would rather not. */
export type SignInAgain = () => Promise<boolean>;

let ask: SignInAgain | undefined;
let asking: Promise<boolean> | undefined;

/** Says who has people sign in again in the middle of their work. Returns how to take that back. */
export function onSessionEnd(handler: SignInAgain): () => void {
  ask = handler;
  return () => {
    if (ask === handler) ask = undefined;
  };
}

/** Whether somebody is at work here, who signs in again when their session is over. */
export function isAtWork(): boolean {
  return ask !== undefined;
}

/** Requests that meet the end of the session at the same time wait for one and the same answer. */
export function signInAgain(): Promise<boolean> {
  if (!ask) return Promise.resolve(false);
  asking ??= ask().finally(() => {
    asking = undefined;
  });
  return asking;
}
