import { useNavigate } from '@tanstack/react-router';
import { t } from '../messages/messages';
import { Editor } from '../resources/Editor';
import type { Spec } from '../resources/resource';
import { useTeamName } from '../session/session';
import { Page } from '../ui/Page';
import { ConnectionForm } from './ConnectionForm';

const blank = { origin: '', auth: { bearer: { secret: '' } } } as Spec<'connections'>;

export function NewConnectionPage() {
  const team = useTeamName();
  const navigate = useNavigate();
  const list = { to: '/teams/$team/connections', params: { team } } as const;
  return (
    <Page title={t('connections.new')} above={{ label: t('connections.title'), link: list }}>
      <Editor
        kind="connections"
        blank={blank}
        suggestName={({ origin }) => hostOf(origin)}
        save={t('connections.create')}
        onCancel={() => void navigate(list)}
        onSaved={({ name }) =>
          void navigate({ to: '/teams/$team/connections/$name', params: { team, name } })
        }
      >
        {(problem) => <ConnectionForm problem={problem} />}
      </Editor>
    </Page>
  );
}

/** `https://api.crm.example` makes a good name of its host. */
function hostOf(origin: string): string {
  return URL.parse(origin)?.hostname.toLowerCase().slice(0, 63) ?? '';
}
