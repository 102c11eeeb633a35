import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { fieldErrors } from '../api/problem';
import { t } from '../messages/messages';
import { putResource, resourcesQuery } from '../resources/resource';
import { useTeamName } from '../session/session';
import { Button } from '../ui/Button';
import { Segments } from '../ui/Choices';
import { Combobox } from '../ui/Combobox';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { ProblemNote } from '../ui/States';
import { toast } from '../ui/toast';
import { stateText } from './state';

interface SubscribeDialogProps {
  /** The one that is known already. */
  app?: string;
  api?: string;
  onClose: () => void;
}

/** Admits an app to an api. */
export function SubscribeDialog({ app: knownApp, api: knownApi, onClose }: SubscribeDialogProps) {
  const team = useTeamName();
  const client = useQueryClient();
  const apps = useQuery(resourcesQuery('apps', team));
  const apis = useQuery(resourcesQuery('apis', team));
  const [app, setApp] = useState<string | null>(knownApp ?? null);
  const [api, setApi] = useState<string | null>(knownApi ?? null);
  const [state, setState] = useState<'active' | 'pending'>('active');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const { byField, others } = fieldErrors(problem, ['app', 'api']);
  const title = new Map((apis.data ?? []).map((one) => [one.spec.api, one.spec.title ?? one.spec.api]));

  async function subscribe() {
    if (!app || !api || busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      // Names are at most 63 long; apps and apis of long names would need a longer one.
      const name = `${app}-${api}`.slice(0, 63);
      await putResource('subscriptions', team, name, { app, api, state }, {});
      toast({ title: t('subscriptions.done', { app, api, state: stateText(state) }) });
      onClose();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
      await client.invalidateQueries({ queryKey: ['subscriptions', team] });
    }
  }

  return (
    <Dialog
      open
      onClose={onClose}
      title={t(
        knownApp
          ? 'subscriptions.create.app'
          : knownApi
            ? 'subscriptions.create.api'
            : 'subscriptions.create',
      )}
      actions={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button tone="primary" busy={busy} disabled={!app || !api} onClick={() => void subscribe()}>
            {t('subscriptions.create')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {!knownApp && (
          <Field label={t('subscriptions.app')} errors={byField.app}>
            <Combobox
              choices={(apps.data ?? []).map((one) => ({
                value: one.name,
                label: one.spec.title || one.name,
                hint: one.spec.title ? one.name : undefined,
              }))}
              value={app}
              onChange={setApp}
            />
          </Field>
        )}
        {!knownApi && (
          <Field label={t('subscriptions.api')} hint={t('subscriptions.api.hint')} errors={byField.api}>
            <Combobox
              choices={[...title].map(([value, label]) => ({
                value,
                label,
                hint: label === value ? undefined : value,
              }))}
              value={api}
              onChange={setApi}
            />
          </Field>
        )}
        <Field label={t('subscriptions.begin')}>
          <Segments
            label={t('subscriptions.begin')}
            value={state}
            onChange={setState}
            choices={(['active', 'pending'] as const).map((value) => ({
              value,
              label: t(`subscriptions.begin.${value}`),
            }))}
          />
        </Field>
        {(others.length > 0 || Object.keys(byField).length === 0) && <ProblemNote error={problem} />}
      </div>
    </Dialog>
  );
}
