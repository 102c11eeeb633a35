import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { call } from '../../api/client';
import { ProblemError } from '../../api/problem';
import { useDraft, useUnloadGuard } from '../../ui/draft';
import { expiryOf } from '../create/form';
import { type Token, tokenQuery } from '../queries';
import { afterOf, alike, bodyOf, type Edited, type EditForm, editedOf, formOf } from './form';

interface Draft {
  form: EditForm;
  /** What it began from. */
  base: Edited;
  version: number;
}

interface Surroundings {
  team: string;
  /** The name of its app. */
  app: string;
  zone: string;
  now: number;
  rules?: { default_lifetime_days?: number };
}

/** The edit of a token: a draft of it, which is saved on condition that nobody changed the token meanwhile. */
export function useEdit(token: Token, { team, app, zone, now, rules }: Surroundings) {
  const client = useQueryClient();
  const begun = (from: Token): Draft => ({
    form: formOf(editedOf(from), app, zone),
    base: editedOf(from),
    version: from.version,
  });
  const [draft, setDraft, discard] = useDraft(`tokens/edit/${token.id}`, () => begun(token));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [theirs, setTheirs] = useState<Token>();
  const { form, base } = draft;
  const current = base.expires_at === null ? null : new Date(base.expires_at);
  const expires = expiryOf(form, rules, zone, now, current);
  const after = afterOf(base, form, expires, zone);
  const touched = JSON.stringify(form) !== JSON.stringify(formOf(base, app, zone));
  useUnloadGuard(touched);

  // Another version has come in: what was not touched follows it, what was is put together with it.
  const followed = useRef(() => {});
  followed.current = () => {
    if (token.version <= draft.version) return;
    if (touched) setTheirs(token);
    else setDraft(begun(token));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another version comes in
  useEffect(() => followed.current(), [token.version]);

  async function save(): Promise<Token | undefined> {
    const body = bodyOf(base, after, form.reason);
    if (busy || !body) return undefined;
    setBusy(true);
    setError(undefined);
    try {
      const saved = await call('patch', '/api/v1/teams/{team}/tokens/{id}', {
        path: { team, id: token.id },
        body,
        headers: { 'If-Match': `"${draft.version}"` },
      });
      return await finished(saved);
    } catch (caught) {
      if (!(caught instanceof ProblemError) || caught.code !== 'precondition_failed') throw caught;
      const newest = await client.fetchQuery({ ...tokenQuery(team, token.id), staleTime: 0 });
      // The answer to the first try was lost.
      if (alike(editedOf(newest), after)) return await finished(newest);
      setTheirs(newest);
      return undefined;
    } finally {
      setBusy(false);
    }
  }

  async function finished(saved: Token): Promise<Token> {
    client.setQueryData(tokenQuery(team, token.id).queryKey, saved);
    discard();
    await client.invalidateQueries({ queryKey: ['tokens', team] });
    return saved;
  }

  return {
    form,
    set: (next: Partial<EditForm>) =>
      setDraft((before) => ({ ...before, form: { ...before.form, ...next } })),
    base,
    after,
    expires,
    touched,
    busy,
    error,
    theirs,
    /** Answers whether it was saved; what went wrong is in `error`. */
    save: async () => {
      try {
        return (await save()) !== undefined;
      } catch (caught) {
        setError(caught);
        return false;
      }
    },
    discard: () => {
      setError(undefined);
      discard();
    },
    /** The draft on top of what somebody else saved. */
    rebase: (onto: Token, together: Partial<Edited>) => {
      const next = editedOf(onto);
      const merged = { ...editedOf({}), ...together };
      setDraft((before) => ({
        base: next,
        version: onto.version,
        form: {
          ...formOf(merged, app, zone),
          reason: before.form.reason,
          ...(merged.expires_at !== next.expires_at && {
            expiry: before.form.expiry,
            date: before.form.date,
          }),
        },
      }));
      setTheirs(undefined);
    },
    takeTheirs: () => {
      discard();
      setTheirs(undefined);
    },
    closeConflict: () => setTheirs(undefined),
  };
}
