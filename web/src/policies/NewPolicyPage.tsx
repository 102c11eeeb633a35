import { useNavigate } from '@tanstack/react-router';
import { t } from '../messages/messages';
import { Editor } from '../resources/Editor';
import { useTeamName } from '../session/session';
import { Page } from '../ui/Page';
import { PolicyForm } from './PolicyForm';

export function NewPolicyPage() {
  const team = useTeamName();
  const navigate = useNavigate();
  const list = { to: '/teams/$team/policies', params: { team } } as const;
  return (
    <Page title={t('policies.new')} above={{ label: t('policies.title'), link: list }}>
      <Editor
        kind="policies"
        blank={{ cedar: '' }}
        save={t('policies.create')}
        onCancel={() => void navigate(list)}
        onSaved={({ name }) => void navigate({ to: '/teams/$team/policies/$name', params: { team, name } })}
      >
        {() => <PolicyForm />}
      </Editor>
    </Page>
  );
}
