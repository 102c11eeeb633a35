import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { request, type Schemas, urlOf } from '../api/client';
import { ProblemError } from '../api/problem';
import { t } from '../messages/messages';
import { ConflictDialog } from '../resources/ConflictDialog';
import { ErrorBook, ErrorBookContext } from '../resources/errors';
import { FormContext } from '../resources/form';
import { same, tidy, withValueAt } from '../resources/json';
import { OtherErrors } from '../resources/OtherErrors';
import type { Resource } from '../resources/resource';
import { sessionQuery } from '../session/session';
import { useShortcut } from '../shell/shortcuts';
import { useAttempt } from '../ui/attempt';
import { Button } from '../ui/Button';
import { useDraft, useUnloadGuard } from '../ui/draft';
import { toast } from '../ui/toast';

type Team = Schemas['Team'];

interface Draft {
  spec: Team['spec'];
  /** What it began from: the version, and its spec. */
  version: number;
  base: Team['spec'];
}

/**
 * The form of a team's settings. It is saved on condition that nobody changed them meanwhile; if somebody did, both
 * changes are put together before anything is written.
 */
export function TeamEditor({ team, children }: { team: Team; children: ReactNode }) {
  const client = useQueryClient();
  const [draft, setDraft, discard] = useDraft<Draft>(`settings/${team.id}`, () => ({
    spec: team.spec,
    version: team.version,
    base: team.spec,
  }));
  const [theirs, setTheirs] = useState<Team>();
  const [round, setRound] = useState(0);
  const { busy, problem, setProblem, run } = useAttempt();
  const book = useRef(new ErrorBook()).current;
  const form = useRef<HTMLFormElement>(null);
  const changed = !same(tidy(draft.spec), tidy(draft.base));
  useUnloadGuard(changed);

  const change = useCallback(
    (path: string, value: unknown) => {
      book.forget(path);
      setDraft((before) => ({ ...before, spec: withValueAt(before.spec, path, value) }));
    },
    [book, setDraft],
  );
  const state = useMemo(() => ({ spec: draft.spec, change }), [draft.spec, change]);

  /** Begins anew from what is there now. */
  const begin = (from: Team, spec = from.spec) => {
    setDraft({ spec, version: from.version, base: from.spec });
    setTheirs(undefined);
    setProblem(undefined);
    book.set([]);
    setRound((before) => before + 1);
  };

  // Somebody else's change is taken over at once where nothing was typed here, and put together with it otherwise.
  const follow = useRef(() => {});
  follow.current = () => {
    if (team.version <= draft.version) return;
    if (changed) setTheirs(team);
    else begin(team);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another version comes in
  useEffect(() => follow.current(), [team.version]);

  async function save() {
    book.set([]);
    await run(async () => {
      const url = urlOf('/api/v1/teams/{team}', { team: team.name });
      try {
        const saved = await request<Team>('put', url, {
          body: tidy(draft.spec),
          headers: { 'If-Match': `"${draft.version}"` },
        });
        discard();
        begin(saved);
        client.setQueryData(['team', team.name], saved);
        toast({ title: t('settings.saved') });
        await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      } catch (error) {
        if (error instanceof ProblemError && error.code === 'precondition_failed') {
          setTheirs(await request<Team>('get', url));
          return;
        }
        if (error instanceof ProblemError) book.set(error.problem.errors ?? []);
        setTimeout(() => {
          const wrong = form.current?.querySelector<HTMLElement>(
            'input[data-invalid], button[data-invalid], [data-invalid]',
          );
          // The header lies over what is only just in sight.
          wrong?.scrollIntoView({ block: 'center' });
          if (wrong?.matches('input, button')) wrong.focus({ preventScroll: true });
        }, 50);
        throw error;
      }
    });
  }
  useShortcut('mod+s', () => void save(), { label: t('settings.save'), group: t('shell.shortcuts.here') });

  return (
    <ErrorBookContext value={book}>
      <FormContext value={state}>
        <form
          ref={form}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <div key={round}>{children}</div>
          <OtherErrors problem={problem} />
          <div
            data-save-bar
            className="sticky bottom-0 z-10 -mx-4 mt-2 flex flex-wrap items-center gap-2 border-t bg-surface px-4 py-3 sm:-mx-6 sm:px-6"
          >
            <Button type="submit" tone="primary" busy={busy} disabled={!changed}>
              {t('settings.save')}
            </Button>
            {changed && (
              <>
                <Button onClick={() => begin(team)}>{t('settings.discard')}</Button>
                <span className="ms-auto text-sm text-ink-faint">{t('settings.unsaved')}</span>
              </>
            )}
          </div>
        </form>
        {theirs && (
          <ConflictDialog
            base={draft.base}
            mine={draft.spec}
            theirs={theirs as unknown as Resource}
            onTogether={(spec) => begin(theirs, spec as Team['spec'])}
            onTheirs={() => begin(theirs)}
            onClose={() => setTheirs(undefined)}
          />
        )}
      </FormContext>
    </ErrorBookContext>
  );
}
