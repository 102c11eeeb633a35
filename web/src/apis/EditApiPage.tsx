import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { t } from '../messages/messages';
import { DetailSkeleton } from '../resources/DetailSkeleton';
import { Editor } from '../resources/Editor';
import { resourceQuery } from '../resources/resource';
import { Page } from '../ui/Page';
import { Loaded } from '../ui/States';
import { ApiForm } from './ApiForm';

export function EditApiPage() {
  const { team, name } = useParams({ from: '/inside/teams/$team/apis/$name/edit' });
  const navigate = useNavigate();
  const api = useQuery(resourceQuery('apis', team, name));
  const detail = { to: '/teams/$team/apis/$name', params: { team, name } } as const;
  return (
    <Loaded page query={api} skeleton={<DetailSkeleton />}>
      {(data) => (
        <Page title={t('apis.edit', { name })} above={{ label: name, link: detail }}>
          <Editor
            key={data.id}
            kind="apis"
            original={data}
            blank={data.spec}
            save={t('resources.save')}
            onCancel={() => void navigate(detail)}
            onSaved={() => void navigate(detail)}
          >
            {(problem) => <ApiForm problem={problem} />}
          </Editor>
        </Page>
      )}
    </Loaded>
  );
}
