import { Play } from 'lucide-react';
import { useState } from 'react';
import type { Schemas } from '../api/client';
import { AnswerView } from '../calls/AnswerView';
import { ExplanationView } from '../calls/ExplanationView';
import { t } from '../messages/messages';
import { Button } from '../ui/Button';
import { Combobox } from '../ui/Combobox';
import { ProblemNote } from '../ui/States';
import { type TrialRoute, testCall } from './test-call';

interface TestCallProps {
  team: string;
  secret: string;
  routes: readonly TrialRoute[];
}

/** Makes a first call with the token, and shows what came back, and why. */
export function TestCall({ team, secret, routes }: TestCallProps) {
  const [chosen, setChosen] = useState('0');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [made, setMade] = useState<Schemas['TestCallBody']>();
  const route = routes[Number(chosen)];
  if (routes.length === 0)
    return <p className="text-sm text-ink-faint">{t('tokens.reveal.test.noRoutes')}</p>;

  async function run() {
    if (!route) return;
    setBusy(true);
    setError(undefined);
    try {
      setMade(await testCall(team, secret, route));
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <Combobox
          label={t('tokens.reveal.test.route')}
          value={chosen}
          onChange={(value) => {
            setChosen(value ?? '');
            setMade(undefined);
          }}
          className="min-w-0 flex-1 basis-72"
          choices={routes.map((one, index) => ({
            value: String(index),
            label: `${one.method} ${one.path}`,
            hint: `${one.api} ${one.name}`,
          }))}
        />
        <Button
          busy={busy}
          disabled={!route}
          icon={<Play className="size-4" aria-hidden />}
          onClick={() => void run()}
        >
          {t('tokens.reveal.test.run')}
        </Button>
      </div>
      <ProblemNote error={error} className="mt-3" />
      <div aria-live="polite" className="mt-4">
        {made && <AnswerView answer={made.answer} className="mb-5" />}
        {made?.explanation && <ExplanationView explanation={made.explanation} />}
      </div>
    </>
  );
}
