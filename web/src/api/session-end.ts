/** Has the person sign in again; true when they did, false when they would rather not. */
export type SignInAgain = () => Promise<boolean>;

/** For how long reading in the background does not ask again after somebody would rather not. */
const patience = 60_000;
let declinedAt = Number.NEGATIVE_INFINITY;

let ask: SignInAgain | undefined;
let asking: Promise<boolean> | undefined;

/** Says who has people sign in again in the middle of their work. Returns how to take that back. */
export function onSessionEnd(handler: SignInAgain): () => void {
  ask = handler;
  declinedAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (ask === handler) ask = undefined;
  };
}

/** Whether somebody is at work here, who signs in again when their session is over. */
export function isAtWork(): boolean {
  return ask !== undefined;
}

/**
 * Requests that meet the end of the session at the same time wait for one and the same answer. What the person
 * themselves set going always asks.
 */
export function signInAgain(background = false): Promise<boolean> {
  if (!ask || (background && !asking && Date.now() < declinedAt + patience)) return Promise.resolve(false);
  asking ??= ask()
    .then((done) => {
      declinedAt = done ? Number.NEGATIVE_INFINITY : Date.now();
      return done;
    })
    .finally(() => {
      asking = undefined;
    });
  return asking;
}
