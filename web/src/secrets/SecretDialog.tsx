import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { fieldErrors, ProblemError } from '../api/problem';
import { t } from '../messages/messages';
import { putResource, type Secret } from '../resources/resource';
import { useTeamName } from '../session/session';
import { Button } from '../ui/Button';
import { Checkbox } from '../ui/Checkbox';
import { Dialog } from '../ui/Dialog';
import { useUnloadGuard } from '../ui/draft';
import { Field, Input, Textarea } from '../ui/Field';
import { ProblemNote } from '../ui/States';
import { toast } from '../ui/toast';

interface SecretDialogProps {
  /** What is changed; none for a new one. */
  secret?: Secret;
  /** Only the words around the value are changed. */
  wordsOnly?: boolean;
  onClose: () => void;
  onSaved?: (secret: Secret) => void;
}

/** Takes the value of a secret. It is in this component only, and gone when it closes. */
export function SecretDialog({ secret, wordsOnly, onClose, onSaved }: SecretDialogProps) {
  const team = useTeamName();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const [shown, setShown] = useState(false);
  const [description, setDescription] = useState(secret?.spec.description ?? '');
  const [from, setFrom] = useState<string>(secret?.spec.value_from ?? '');
  const [byHand, setByHand] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const { byField, others } = fieldErrors(problem, ['name', 'value', 'description', 'value_from']);
  const taken = problem instanceof ProblemError && problem.code === 'precondition_failed' && !secret;
  useUnloadGuard(value !== '');
  const ready = (secret || name !== '') && (wordsOnly || value !== '') && (!secret?.source || byHand);

  async function save() {
    if (!ready || busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const saved = await putResource(
        'secrets',
        team,
        secret?.name ?? name,
        {
          description: description || undefined,
          value_from: from || undefined,
          value: wordsOnly ? undefined : value,
        },
        { version: secret?.version, override: byHand },
      );
      setValue('');
      toast({
        title: t(secret ? (wordsOnly ? 'resources.saved' : 'secrets.replaced') : 'resources.created', {
          name: saved.name,
        }),
      });
      onSaved?.(saved);
      onClose();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
      await client.invalidateQueries({ queryKey: ['secrets', team] });
    }
  }

  const words = (
    <>
      <Field label={t('resources.description')} optional errors={byField.description}>
        <Input value={description} onChange={(event) => setDescription(event.target.value)} />
      </Field>
      <Field
        label={t('secrets.valueFrom')}
        hint={t('secrets.valueFrom.hint')}
        optional
        errors={byField.value_from}
      >
        <Input
          mono
          value={from}
          placeholder="env:CRM_KEY"
          onChange={(event) => setFrom(event.target.value.trim())}
        />
      </Field>
    </>
  );

  return (
    <Dialog
      open
      onClose={onClose}
      mustAnswer={value !== ''}
      title={
        !secret
          ? t('secrets.new')
          : t(wordsOnly ? 'secrets.edit.title' : 'secrets.replace.title', { name: secret.name })
      }
      text={wordsOnly ? undefined : t(secret ? 'secrets.replace.text' : 'secrets.new.text')}
      actions={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button tone="primary" busy={busy} disabled={!ready} onClick={() => void save()}>
            {!secret ? t('secrets.save') : t(wordsOnly ? 'resources.save' : 'secrets.saveReplaced')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {!secret && (
          <Field
            label={t('resources.name')}
            hint={t('resources.name.hint')}
            errors={
              taken ? [`${t('resources.name.taken')} ${t('resources.name.taken.remedy')}`] : byField.name
            }
          >
            <Input mono value={name} onChange={(event) => setName(event.target.value)} />
          </Field>
        )}
        {!wordsOnly && (
          <Field
            label={
              <span className="flex items-center gap-3">
                {t('secrets.value')}
                <button
                  type="button"
                  className="rounded-sm text-sm font-normal text-accent-ink hover:underline"
                  onClick={() => setShown(!shown)}
                >
                  {t(shown ? 'secrets.value.hide' : 'secrets.value.show')}
                </button>
              </span>
            }
            hint={t('secrets.value.hint')}
            errors={byField.value}
          >
            <Textarea
              mono
              rows={3}
              autoComplete="off"
              spellCheck={false}
              className={shown ? undefined : '[-webkit-text-security:disc]'}
              value={value}
              onChange={(event) => setValue(event.target.value)}
            />
          </Field>
        )}
        {(!secret || wordsOnly) && words}
        {secret?.source && (
          <Checkbox checked={byHand} onChange={setByHand}>
            {t('resources.declared.byHand')}
          </Checkbox>
        )}
        {problem !== undefined && !taken && (others.length > 0 || Object.keys(byField).length === 0) && (
          <ProblemNote error={problem} />
        )}
      </div>
    </Dialog>
  );
}
