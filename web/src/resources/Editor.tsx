import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { ProblemError } from '../api/problem';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { useTeamName } from '../session/session';
import { useShortcut } from '../shell/shortcuts';
import { Button } from '../ui/Button';
import { Checkbox } from '../ui/Checkbox';
import { Mono } from '../ui/Code';
import { useDraft, useUnloadGuard } from '../ui/draft';
import { toast } from '../ui/toast';
import { ConflictDialog } from './ConflictDialog';
import { ErrorBook, ErrorBookContext } from './errors';
import { FormContext } from './form';
import { same, tidy, withValueAt } from './json';
import { OtherErrors } from './OtherErrors';
import { type Kind, putResource, type Resource, readResource, type Spec } from './resource';

interface EditorProps<K extends Kind> {
  kind: K;
  /** What is changed; none for something new. */
  original?: Resource<K>;
  /** What something new begins with. */
  blank: Spec<K>;
  /** The name that something new gets unless another is given. */
  suggestName?: (spec: Spec<K>) => string;
  /** Drafts of new things that begin differently are kept apart by it. */
  draft?: string;
  onSaved: (saved: Resource<K>) => void;
  onCancel: () => void;
  /** What the button says. */
  save: string;
  /** The fields; given what was refused, for parts that open by it. */
  children: (problem: unknown) => ReactNode;
}

interface Draft<K extends Kind> {
  name: string;
  spec: Spec<K>;
  /** What it began from: the version, and its spec. */
  version?: number;
  base: Spec<K>;
}

/**
 * The form of one resource. The whole spec is in it, whatever the fields show. It is saved on condition that nobody
 * changed it meanwhile; if somebody did, both changes are put together before anything is written.
 */
export function Editor<K extends Kind>(props: EditorProps<K>) {
  const { kind, original, blank, suggestName, onSaved, onCancel, save, children } = props;
  const team = useTeamName();
  const client = useQueryClient();
  const begin = (): Draft<K> => ({
    name: '',
    spec: original?.spec ?? blank,
    version: original?.version,
    base: original?.spec ?? blank,
  });
  const key = [kind, team, props.draft ?? original?.name ?? '+'].join('/');
  const [draft, setDraft, discard] = useDraft<Draft<K>>(key, begin);
  const [round, setRound] = useState(0);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [theirs, setTheirs] = useState<Resource<K>>();
  const [byHand, setByHand] = useState(false);
  const book = useRef(new ErrorBook()).current;
  const form = useRef<HTMLFormElement>(null);
  const suggested = suggestName?.(draft.spec) ?? '';
  const changed = !same(tidy(draft.spec), tidy(draft.base)) || draft.name !== '';
  useUnloadGuard(changed);

  // `setDraft` is made anew each time and always does the same.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const change = useCallback(
    (path: string, value: unknown) => {
      book.forget(path);
      setDraft((before) => ({ ...before, spec: withValueAt(before.spec, path, value) }));
    },
    [book],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const state = useMemo(
    () => ({
      spec: draft.spec,
      change,
      name: original
        ? undefined
        : {
            value: draft.name,
            suggested,
            change: (name: string) => {
              book.forget('name');
              setDraft((before) => ({ ...before, name }));
            },
          },
    }),
    [draft, change, original, suggested, book],
  );

  /** Begins anew from what is there now. */
  const restart = () => {
    discard();
    book.set([]);
    setProblem(undefined);
    setRound((before) => before + 1);
  };

  // What was typed before somebody else's change is put together with it at once, not only when it is saved.
  const outdated = original !== undefined && draft.version !== undefined && original.version > draft.version;
  const takeOver = useRef(() => {});
  takeOver.current = () => {
    if (!outdated || !original) return;
    if (changed) setTheirs(original);
    else restart();
  };
  const version = original?.version;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another version comes in
  useEffect(() => takeOver.current(), [version]);

  async function submit() {
    if (busy) return;
    setBusy(true);
    setProblem(undefined);
    book.set([]);
    const name = original?.name ?? (draft.name || suggested);
    try {
      if (name === '') throw problemOfName(t('resources.name.missing'), t('resources.name.missing.remedy'));
      const saved = await putResource(kind, team, name, tidy(draft.spec), {
        version: draft.version,
        override: byHand,
      });
      discard();
      await client.invalidateQueries({ queryKey: [kind, team] });
      toast({ title: t(original ? 'resources.saved' : 'resources.created', { name }) });
      onSaved(saved);
    } catch (error) {
      await refused(error, name);
    } finally {
      setBusy(false);
    }
  }

  async function refused(error: unknown, name: string) {
    if (error instanceof ProblemError && error.code === 'precondition_failed') {
      if (draft.version !== undefined) {
        try {
          setTheirs(await readResource(kind, team, name));
        } catch (gone) {
          setProblem(gone);
        }
        return;
      }
      error = problemOfName(t('resources.name.taken'), t('resources.name.taken.remedy'));
    }
    setProblem(error);
    if (error instanceof ProblemError) book.set(error.problem.errors ?? []);
    // The first field that is wrong, once the part that it lies in has opened.
    setTimeout(() => {
      const field = form.current?.querySelector<HTMLElement>(
        'input[data-invalid], textarea[data-invalid], button[data-invalid]',
      );
      field?.focus();
      (field ?? form.current?.querySelector('[data-invalid]'))?.scrollIntoView({ block: 'center' });
    }, 120);
  }

  useShortcut('mod+s', () => void submit(), { label: save, group: t('shell.shortcuts.here') });
  const declared = original?.source;

  return (
    <ErrorBookContext value={book}>
      <FormContext value={state}>
        <form
          ref={form}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          {declared && (
            <div className="mb-6 flex max-w-3xl flex-col gap-2 rounded-md bg-warning-soft px-3 py-2.5 text-sm">
              <p>
                <T id="resources.declared.edit" values={{ source: <Mono>{declared}</Mono> }} />
              </p>
              <Checkbox checked={byHand} onChange={setByHand}>
                {t('resources.declared.byHand')}
              </Checkbox>
            </div>
          )}
          <div key={round}>{children(problem)}</div>
          <OtherErrors problem={problem} />
          <div
            data-save-bar
            className="sticky bottom-0 z-10 -mx-4 mt-2 flex flex-wrap items-center gap-2 border-t bg-surface px-4 py-3 sm:-mx-6 sm:px-6"
          >
            <Button
              type="submit"
              tone="primary"
              busy={busy}
              disabled={Boolean(declared) && !byHand}
              onKeyDown={(event) => event.key === 'Enter' && event.stopPropagation()}
            >
              {save}
            </Button>
            <Button onClick={onCancel}>{t('ui.cancel')}</Button>
            <span className="ms-auto flex items-center gap-3 text-sm text-ink-faint">
              {changed && (
                <>
                  {t('resources.unsaved')}
                  <Button size="sm" tone="quiet" onClick={restart}>
                    {t('resources.discard')}
                  </Button>
                </>
              )}
            </span>
          </div>
        </form>
        {theirs && (
          <ConflictDialog
            base={draft.base}
            mine={draft.spec}
            theirs={theirs}
            onTogether={(spec) => {
              setDraft((before) => ({
                ...before,
                spec: spec as Spec<K>,
                base: theirs.spec,
                version: theirs.version,
              }));
              setTheirs(undefined);
              setRound((before) => before + 1);
            }}
            onTheirs={async () => {
              await client.invalidateQueries({ queryKey: [kind, team] });
              setDraft(() => ({ name: '', spec: theirs.spec, base: theirs.spec, version: theirs.version }));
              setTheirs(undefined);
              setRound((before) => before + 1);
            }}
            onClose={() => setTheirs(undefined)}
          />
        )}
      </FormContext>
    </ErrorBookContext>
  );
}

/** What the page itself found wrong with a name, in the form in which the API says such things. */
function problemOfName(problem: string, remedy: string): ProblemError {
  return new ProblemError({
    type: 'about:blank',
    title: t('resources.name.invalid'),
    status: 422,
    detail: `${problem} ${remedy}`,
    code: 'field_invalid',
    request_id: '',
    errors: [{ field: 'name', problem, remedy }],
  });
}
