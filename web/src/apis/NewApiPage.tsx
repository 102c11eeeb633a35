import { useNavigate } from '@tanstack/react-router';
import { t } from '../messages/messages';
import { Editor } from '../resources/Editor';
import type { Spec } from '../resources/resource';
import { useTeamName } from '../session/session';
import { useAfter } from '../shell/first-steps';
import { Page } from '../ui/Page';
import { ApiForm } from './ApiForm';

// Nothing is served before somebody says so.
const blank: Spec<'apis'> = {
  api: '',
  version: 'v1',
  base_path: '',
  upstream: '',
  access: 'open',
  lifecycle: 'draft',
};

export function NewApiPage() {
  const team = useTeamName();
  const navigate = useNavigate();
  const after = useAfter(team);
  const list = { to: '/teams/$team/apis', params: { team } } as const;
  return (
    <Page title={t('apis.new')} above={{ label: t('apis.title'), link: list }}>
      <Editor
        kind="apis"
        blank={blank}
        suggestName={({ api, version }) => (api && version ? `${api}.${version}` : '')}
        save={t('apis.create')}
        onCancel={() => void navigate(after(list))}
        onSaved={({ name }) =>
          void navigate(after({ to: '/teams/$team/apis/$name', params: { team, name } }))
        }
      >
        {(problem) => <ApiForm problem={problem} />}
      </Editor>
    </Page>
  );
}
