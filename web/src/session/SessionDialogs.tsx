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
}

/**
 * What stands over the page when a request needs more than it came with: signing in again, or a second factor. The
 * page stays as it is, and so does what was typed in it.
 */
export function SessionDialogs() {
  const [ended, setEnded] = useState<Asked>();
  const [stepUp, setStepUp] = useState<Asked>();
  useEffect(() => onSessionEnd(() => new Promise((answer) => setEnded({ methods: [], answer }))), []);
  useEffect(() => onStepUp((methods) => new Promise((answer) => setStepUp({ methods, answer }))), []);
  return (
    <Suspense>
      {stepUp && (
        <StepUpDialog
          methods={stepUp.methods}
          onAnswer={(done) => {
            setStepUp(undefined);
            stepUp.answer(done);
          }}
        />
      )}
      {ended && (
        <SessionEndDialog
          onAnswer={(done) => {
            setEnded(undefined);
            ended.answer(done);
          }}
        />
      )}
    </Suspense>
  );
}
