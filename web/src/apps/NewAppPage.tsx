import { useNavigate } from '@tanstack/react-router';
import { t } from '../messages/messages';
import { Editor } from '../resources/Editor';
import { useTeamName } from '../session/session';
import { useAfter } from '../shell/first-steps';
import { Page } from '../ui/Page';
import { AppForm, nameFrom } from './AppForm';

export function NewAppPage() {
  const team = useTeamName();
  const navigate = useNavigate();
  const after = useAfter(team);
  const list = { to: '/teams/$team/apps', params: { team } } as const;
  return (
    <Page title={t('apps.new')} above={{ label: t('apps.title'), link: list }}>
      <Editor
        kind="apps"
        blank={{}}
        suggestName={(spec) => nameFrom(spec.title)}
        save={t('apps.create')}
        onCancel={() => void navigate(after(list))}
        onSaved={({ name }) =>
          void navigate(after({ to: '/teams/$team/apps/$name', params: { team, name } }))
        }
      >
        {() => <AppForm />}
      </Editor>
    </Page>
  );
}
