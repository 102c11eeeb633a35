import { t } from '../messages/messages';
import { Empty } from '../ui/States';

export function NoTeam() {
  return <Empty heading="h1" title={t('shell.noTeam.title')} text={t('shell.noTeam.text')} />;
}
