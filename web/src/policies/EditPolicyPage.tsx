import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { t } from '../messages/messages';
import { DetailSkeleton } from '../resources/DetailSkeleton';
import { Editor } from '../resources/Editor';
import { resourceQuery } from '../resources/resource';
import { Page } from '../ui/Page';
import { Loaded } from '../ui/States';
import { PolicyForm } from './PolicyForm';

export function EditPolicyPage() {
  const { team, name } = useParams({ from: '/inside/teams/$team/policies/$name/edit' });
  const navigate = useNavigate();
  const policy = useQuery(resourceQuery('policies', team, name));
  const detail = { to: '/teams/$team/policies/$name', params: { team, name } } as const;
  return (
    <Loaded page query={policy} skeleton={<DetailSkeleton />}>
      {(data) => (
        <Page title={t('policies.edit', { name })} above={{ label: name, link: detail }}>
          <Editor
            key={data.id}
            kind="policies"
            original={data}
            blank={data.spec}
            save={t('resources.save')}
            onCancel={() => void navigate(detail)}
            onSaved={() => void navigate(detail)}
          >
            {() => <PolicyForm />}
          </Editor>
        </Page>
      )}
    </Loaded>
  );
}
