import { lazy, Suspense, useEffect, useState } from 'react';
import { onSessionEnd } from '../api/session-end';
import { onStepUp } from '../api/step-up';

const SessionEndDialog = lazy(() =>
  import('./SessionEndDialog').then((module) => ({ default: module.SessionEndDialog })),
);
const StepUpDialog = lazy(() =>
  import('./StepUpDialog').then((module) => ({ default: module.StepUpDialog })),
);

interface Asked {
  methods: string[];
  answer: (done: boolean) => void;
  /** What had the focus. */
  from: Element | null;
}

/**
 * What stands over the page when a request needs more than it came with: signing in again, or a second factor. The
 * page stays as it is, and so does what was typed in it.
 */
export function SessionDialogs() {
  const [ended, setEnded] = useState<Asked>();
  const [stepUp, setStepUp] = useState<Asked>();
  useEffect(
    () =>
      onSessionEnd(
        () => new Promise((answer) => setEnded({ methods: [], answer, from: document.activeElement })),
      ),
    [],
  );
  useEffect(
    () =>
      onStepUp(
        (methods) => new Promise((answer) => setStepUp({ methods, answer, from: document.activeElement })),
      ),
    [],
  );
  const finish = (asked: Asked, done: boolean) => {
    if (asked === ended) setEnded(undefined);
    else setStepUp(undefined);
    asked.answer(done);
  };
  const top = ended ?? stepUp;
  useReturn(top?.from);
  useEscape(top && (() => finish(top, false)));
  return (
    <Suspense>
      {stepUp && <StepUpDialog methods={stepUp.methods} onAnswer={(done) => finish(stepUp, done)} />}
      {ended && <SessionEndDialog onAnswer={(done) => finish(ended, done)} />}
    </Suspense>
  );
}

/** Afterwards the focus is where it was, perhaps in a dialog below. */
function useReturn(from: Element | null | undefined): void {
  useEffect(() => {
    if (!(from instanceof HTMLElement) || from === document.body) return;
    return () => void requestAnimationFrame(() => from.isConnected && from.focus({ preventScroll: true }));
  }, [from]);
}

/** Escape closes this alone, and not the dialog below it in which something was typed. */
function useEscape(run: (() => void) | undefined): void {
  useEffect(() => {
    if (!run) return;
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.isComposing) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      run();
    };
    window.addEventListener('keydown', pressed, true);
    return () => window.removeEventListener('keydown', pressed, true);
  }, [run]);
}
