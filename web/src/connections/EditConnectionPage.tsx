import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { t } from '../messages/messages';
import { DetailSkeleton } from '../resources/DetailSkeleton';
import { Editor } from '../resources/Editor';
import { resourceQuery } from '../resources/resource';
import { Page } from '../ui/Page';
import { Loaded } from '../ui/States';
import { ConnectionForm } from './ConnectionForm';

export function EditConnectionPage() {
  const { team, name } = useParams({ from: '/inside/teams/$team/connections/$name/edit' });
  const navigate = useNavigate();
  const connection = useQuery(resourceQuery('connections', team, name));
  const detail = { to: '/teams/$team/connections/$name', params: { team, name } } as const;
  return (
    <Loaded page query={connection} skeleton={<DetailSkeleton />}>
      {(data) => (
        <Page title={t('connections.edit', { name })} above={{ label: name, link: detail }}>
          <Editor
            key={data.id}
            kind="connections"
            original={data}
            blank={data.spec}
            save={t('resources.save')}
            onCancel={() => void navigate(detail)}
            onSaved={() => void navigate(detail)}
          >
            {(problem) => <ConnectionForm problem={problem} />}
          </Editor>
        </Page>
      )}
    </Loaded>
  );
}
