import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { t } from '../messages/messages';
import { useCan, useTeamName } from '../session/session';
import { useCommands } from '../shell/commands';
import { useShortcut } from '../shell/shortcuts';
import { Button } from '../ui/Button';
import { Page } from '../ui/Page';
import { TabPanel, Tabs } from '../ui/Tabs';
import { InvitationsTab } from './InvitationsTab';
import { InviteDialog } from './InviteDialog';
import { MembersTab } from './MembersTab';
import { invitationsQuery, membersQuery } from './queries';
import { RolesTab } from './RolesTab';

/** Who is in the team, who is invited, and what each may do. */
export function PeoplePage() {
  const team = useTeamName();
  const can = useCan();
  const navigate = useNavigate();
  const { tab = 'members' } = useSearch({ from: '/inside/teams/$team/people' });
  const [inviting, setInviting] = useState(false);
  const members = useQuery(membersQuery(team));
  const invitations = useQuery(invitationsQuery(team));
  const may = can('keyward:people.write');
  const invite = () => setInviting(true);
  useShortcut('c', invite, { label: t('people.invite'), group: t('shell.shortcuts.here'), when: may });
  useCommands(may ? [{ label: t('people.invite'), run: invite }] : []);
  const counted = (label: string, list: unknown[] | undefined) => (
    <>
      {label}
      {list && list.length > 0 && <span className="ms-1.5 text-ink-faint tabular">{list.length}</span>}
    </>
  );
  return (
    <Page
      title={t('people.title')}
      text={t('people.text')}
      actions={
        may && (
          <Button tone="primary" icon={<UserPlus className="size-4" aria-hidden />} onClick={invite}>
            {t('people.invite')}
          </Button>
        )
      }
    >
      <Tabs
        label={t('people.tabs')}
        value={tab}
        onChange={(next) =>
          void navigate({ to: '.', search: { tab: next === 'members' ? undefined : next }, replace: true })
        }
        tabs={[
          { value: 'members', label: counted(t('people.tab.members'), members.data) },
          { value: 'invitations', label: counted(t('people.tab.invitations'), invitations.data) },
          { value: 'roles', label: t('people.tab.roles') },
        ]}
      >
        <TabPanel value="members" className="pt-4">
          <MembersTab members={members} onInvite={may ? invite : undefined} />
        </TabPanel>
        <TabPanel value="invitations" className="pt-4">
          <InvitationsTab
            invitations={invitations}
            members={members.data}
            onInvite={may ? invite : undefined}
          />
        </TabPanel>
        <TabPanel value="roles" className="pt-4">
          <RolesTab />
        </TabPanel>
      </Tabs>
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
    </Page>
  );
}
