import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../messages/messages';
import { Origins, SourceBadge } from '../resources/bits';
import { DeleteDialog } from '../resources/DeleteDialog';
import { DetailActions } from '../resources/DetailActions';
import { DetailSkeleton } from '../resources/DetailSkeleton';
import { type Policy, putResource, resourceQuery } from '../resources/resource';
import { CodeArea } from '../ui/CodeArea';
import { MenuItem } from '../ui/Menu';
import { Facts, Page } from '../ui/Page';
import { Loaded, problemText } from '../ui/States';
import { toast } from '../ui/toast';
import { PolicyState } from './PoliciesPage';

export function PolicyPage() {
  const { team, name } = useParams({ from: '/inside/teams/$team/policies/$name' });
  const policy = useQuery(resourceQuery('policies', team, name));
  return (
    <Loaded page query={policy} skeleton={<DetailSkeleton />}>
      {(data) => <Detail team={team} policy={data} />}
    </Loaded>
  );
}

function Detail({ team, policy }: { team: string; policy: Policy }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [deleting, setDeleting] = useState(false);
  const { name, spec } = policy;
  const disabled = Boolean(spec.disabled);
  const appliesTo = spec.applies_to ?? 'calls';

  async function turn(before: Policy, off: boolean) {
    try {
      const { disabled: _, ...rest } = before.spec;
      const changed = await putResource('policies', team, name, off ? { ...rest, disabled: true } : rest, {
        version: before.version,
      });
      toast({
        title: t(off ? 'policies.disabledNow' : 'policies.enabledNow', { name }),
        undo: () => void turn(changed, !off),
      });
    } catch (error) {
      toast({ ...problemText(error), tone: 'refused' });
    }
    await client.invalidateQueries({ queryKey: ['policies', team] });
  }

  return (
    <Page
      title={name}
      text={spec.description}
      above={{ label: t('policies.title'), link: { to: '/teams/$team/policies', params: { team } } }}
      heading={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          {name}
          <span className="flex items-center gap-2 text-sm font-normal tracking-normal">
            <PolicyState policy={policy} />
            <SourceBadge source={policy.source} />
          </span>
        </span>
      }
      actions={
        <DetailActions
          kind="policies"
          edit={{ to: '/teams/$team/policies/$name/edit', params: { team, name } }}
          onDelete={() => setDeleting(true)}
          items={
            <MenuItem onSelect={() => void turn(policy, !disabled)}>
              {t(disabled ? 'policies.enable' : 'policies.disable')}
            </MenuItem>
          }
        />
      }
    >
      <div className="grid items-start gap-x-12 gap-y-8 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <CodeArea value={spec.cedar.trimEnd()} label={t('policies.cedar')} minLines={6} readOnly />
        <div className="flex flex-col gap-6">
          <Facts
            items={[
              [
                t('policies.column.appliesTo'),
                <span key="applies">
                  {t(`policies.appliesTo.${appliesTo}`)}
                  <span className="block text-ink-faint">{t(`policies.appliesTo.${appliesTo}.text`)}</span>
                </span>,
              ],
            ]}
          />
          <Origins resource={policy} />
        </div>
      </div>
      {deleting && (
        <DeleteDialog
          kind="policies"
          resource={policy}
          confirm={t('policies.delete')}
          text={t('policies.delete.text')}
          dependants={[]}
          onClose={() => setDeleting(false)}
          onDeleted={() => void navigate({ to: '/teams/$team/policies', params: { team } })}
        />
      )}
    </Page>
  );
}
