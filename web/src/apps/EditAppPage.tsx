import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { t } from '../messages/messages';
import { DetailSkeleton } from '../resources/DetailSkeleton';
import { Editor } from '../resources/Editor';
import { resourceQuery } from '../resources/resource';
import { Page } from '../ui/Page';
import { Loaded } from '../ui/States';
import { AppForm } from './AppForm';

export function EditAppPage() {
  const { team, name } = useParams({ from: '/inside/teams/$team/apps/$name/edit' });
  const navigate = useNavigate();
  const app = useQuery(resourceQuery('apps', team, name));
  const detail = { to: '/teams/$team/apps/$name', params: { team, name } } as const;
  return (
    <Loaded page query={app} skeleton={<DetailSkeleton />}>
      {(data) => (
        <Page
          title={t('apps.edit', { name: data.spec.title || name })}
          above={{ label: data.spec.title || name, link: detail }}
        >
          <Editor
            key={data.id}
            kind="apps"
            original={data}
            blank={{}}
            save={t('resources.save')}
            onCancel={() => void navigate(detail)}
            onSaved={() => void navigate(detail)}
          >
            {() => <AppForm />}
          </Editor>
        </Page>
      )}
    </Loaded>
  );
}
