/** Asks for a second factor; true when one was given, false when the person would rather not. */
export type StepUp = (methods: string[]) => Promise<boolean>;

let ask: StepUp | undefined;
let asking: Promise<boolean> | undefined;

/** Says who asks for a second factor. Returns how to take that back. */
export function onStepUp(handler: StepUp): () => void {
  ask = handler;
  return () => {
    if (ask === handler) ask = undefined;
  };
}

/** Requests that need it at the same time wait for one and the same answer. */
export function stepUp(methods: string[]): Promise<boolean> {
  if (!ask) return Promise.resolve(false);
  asking ??= ask(methods).finally(() => {
    asking = undefined;
  });
  return asking;
}
