import { useQueryClient } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { useTeamName } from '../session/session';
import { Button } from '../ui/Button';
import { Checkbox } from '../ui/Checkbox';
import { Dialog } from '../ui/Dialog';
import { Field, Input } from '../ui/Field';
import { Bone, ProblemNote } from '../ui/States';
import { toast } from '../ui/toast';
import { deleteResource, type Kind, type Resource } from './resource';

/** Something that depends on what is to be deleted, and has to go or be changed before. */
export interface Dependant {
  key: string;
  label: string;
  /** How it depends: "calls go through it". */
  how: string;
  link?: LinkProps;
}

interface DeleteDialogProps {
  kind: Kind;
  resource: Resource;
  /** "Delete app" */
  confirm: string;
  /** What happens when it is deleted. */
  text: ReactNode;
  /** Undefined while it is being looked for. */
  dependants: readonly Dependant[] | undefined;
  /** Calls in the last hour: with some, the name has to be typed. */
  calls?: number;
  onClose: () => void;
  onDeleted: () => void;
}

/** Deletes what nothing depends on any more; lists what still does. */
export function DeleteDialog(props: DeleteDialogProps) {
  const { kind, resource, confirm, text, dependants, calls = 0, onClose, onDeleted } = props;
  const team = useTeamName();
  const client = useQueryClient();
  const [typed, setTyped] = useState('');
  const [byHand, setByHand] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const blocked = dependants === undefined || dependants.length > 0;
  const ready = !blocked && (calls === 0 || typed.trim() === resource.name) && (byHand || !resource.source);

  async function run() {
    if (!ready || busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await deleteResource(kind, team, resource.name, { version: resource.version, override: byHand });
      toast({ title: t('resources.deleted', { name: resource.name }) });
      onDeleted();
      client.removeQueries({ queryKey: [kind, team, 'one', resource.name] });
      await client.invalidateQueries({ queryKey: [kind, team] });
    } catch (error) {
      setProblem(error);
      await client.invalidateQueries({ queryKey: [kind, team] });
    } finally {
      setBusy(false);
    }
  }

  return (
    <Dialog
      open
      onClose={onClose}
      width="md"
      title={t('resources.delete.title', { name: resource.name })}
      text={dependants && dependants.length > 0 ? t('resources.delete.blocked') : text}
      actions={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button tone="danger" busy={busy} disabled={!ready} onClick={() => void run()}>
            {confirm}
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        {dependants === undefined && <Bone className="w-2/3" />}
        {dependants && dependants.length > 0 && (
          <ul className="max-h-64 overflow-y-auto rounded-md border text-sm">
            {dependants.map((one) => (
              <li
                key={one.key}
                className="flex flex-wrap items-baseline gap-x-3 border-t px-3 py-2 first:border-t-0"
              >
                {one.link ? (
                  <Link {...one.link} className="rounded-sm font-medium hover:underline">
                    {one.label}
                  </Link>
                ) : (
                  <span className="font-medium">{one.label}</span>
                )}
                <span className="text-ink-faint">{one.how}</span>
              </li>
            ))}
          </ul>
        )}
        {!blocked && calls > 0 && (
          <>
            <p className="rounded-md bg-warning-soft px-3 py-2 text-sm text-warning">
              {t('resources.delete.calls', { calls })}
            </p>
            <Field
              label={
                <T
                  id="resources.delete.type"
                  values={{
                    name: resource.name,
                    b: (parts) => <strong className="font-mono select-all">{parts}</strong>,
                  }}
                />
              }
            >
              <Input mono value={typed} onChange={(event) => setTyped(event.target.value)} />
            </Field>
          </>
        )}
        {!blocked && resource.source && (
          <Checkbox checked={byHand} onChange={setByHand}>
            {t('resources.declared.delete', { source: resource.source })}
          </Checkbox>
        )}
        <ProblemNote error={problem} />
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  );
}
