import { useNavigate } from '@tanstack/react-router';
import { t } from '../messages/messages';
import { Editor } from '../resources/Editor';
import type { Spec } from '../resources/resource';
import { useTeamName } from '../session/session';
import { useAfter } from '../shell/first-steps';
import { Page } from '../ui/Page';
import { UpstreamForm } from './UpstreamForm';

const blank: Spec<'upstreams'> = { targets: [{ url: '' } as Spec<'upstreams'>['targets'][number]] };

export function NewUpstreamPage() {
  const team = useTeamName();
  const navigate = useNavigate();
  const after = useAfter(team);
  const list = { to: '/teams/$team/upstreams', params: { team } } as const;
  return (
    <Page title={t('upstreams.new')} above={{ label: t('upstreams.title'), link: list }}>
      <Editor
        kind="upstreams"
        blank={blank}
        save={t('upstreams.create')}
        onCancel={() => void navigate(after(list))}
        onSaved={({ name }) =>
          void navigate(after({ to: '/teams/$team/upstreams/$name', params: { team, name } }))
        }
      >
        {(problem) => <UpstreamForm problem={problem} />}
      </Editor>
    </Page>
  );
}
