import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { t } from '../messages/messages';
import { DetailSkeleton } from '../resources/DetailSkeleton';
import { Editor } from '../resources/Editor';
import { resourceQuery } from '../resources/resource';
import { useAfter } from '../shell/first-steps';
import { Page } from '../ui/Page';
import { Loaded } from '../ui/States';
import { UpstreamForm } from './UpstreamForm';

export function EditUpstreamPage() {
  const { team, name } = useParams({ from: '/inside/teams/$team/upstreams/$name/edit' });
  const navigate = useNavigate();
  const after = useAfter(team);
  const upstream = useQuery(resourceQuery('upstreams', team, name));
  const detail = { to: '/teams/$team/upstreams/$name', params: { team, name } } as const;
  return (
    <Loaded page query={upstream} skeleton={<DetailSkeleton />}>
      {(data) => (
        <Page title={t('upstreams.edit', { name })} above={{ label: name, link: detail }}>
          <Editor
            key={data.id}
            kind="upstreams"
            original={data}
            blank={data.spec}
            save={t('resources.save')}
            onCancel={() => void navigate(after(detail))}
            onSaved={() => void navigate(after(detail))}
          >
            {(problem) => <UpstreamForm problem={problem} />}
          </Editor>
        </Page>
      )}
    </Loaded>
  );
}
