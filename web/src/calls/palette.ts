import { call } from '../api/client';
import { t } from '../messages/messages';
import type { Hit } from '../shell/palette-search';
import { statusText } from './outcome';

const requestId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The call whose request id was typed or pasted, as it stands on every answer and in every error. */
export async function findCall(team: string, text: string, signal: AbortSignal): Promise<Hit[]> {
  if (!requestId.test(text)) return [];
  const record = await call('get', '/api/v1/teams/{team}/calls/{request_id}', {
    path: { team, request_id: text.toLowerCase() },
    signal,
  });
  return [
    {
      id: `call-${record.request_id}`,
      group: t('calls.title'),
      label: `${record.method} ${record.path}`,
      detail: statusText(record.status),
      href: `/teams/${encodeURIComponent(team)}/calls?call=${record.request_id}`,
    },
  ];
}
