import { useQuery } from '@tanstack/react-query';
import { t } from '../messages/messages';
import { Badge } from '../ui/Badge';
import { SidePane } from '../ui/SidePane';
import { Bone, ErrorState } from '../ui/States';
import { CallFacts } from './CallFacts';
import { CaptureView } from './CaptureView';
import { Decision } from './Decision';
import type { Names } from './names';
import { outcomeOf, outcomeTones, statusText } from './outcome';
import { type CallRecord, callQuery } from './queries';
import { Waterfall } from './Waterfall';

interface CallPaneProps {
  team: string;
  id: string;
  /** The record, where the list has it already. */
  known?: CallRecord;
  names: Names;
  mayCapture: boolean;
  onPrevious?: () => void;
  onNext?: () => void;
  onClose: () => void;
}

/** One call: what came of it, how long each part took, why it was decided so, and what is known of it. */
export function CallPane({ team, id, known, names, mayCapture, ...controls }: CallPaneProps) {
  const query = useQuery(callQuery(team, id));
  const record = query.data ?? known;
  const what = record ? `${record.method} ${record.path}` : id;
  return (
    <SidePane
      label={t('calls.pane', { call: what })}
      title={<h2 className="truncate text-base font-semibold">{t('calls.one')}</h2>}
      {...controls}
    >
      {record ? (
        <div className="flex flex-col gap-6">
          <Head record={record} />
          <section>
            <h3 className="mb-2 text-sm font-semibold">{t('calls.timing')}</h3>
            <Waterfall record={record} />
          </section>
          <Decision key={id} team={team} record={record} />
          {query.data?.captured && (
            <section>
              <h3 className="mb-2 text-sm font-semibold">{t('calls.capture')}</h3>
              {mayCapture ? (
                <CaptureView key={id} team={team} id={id} />
              ) : (
                <p className="text-sm text-ink-soft">{t('calls.capture.forbidden')}</p>
              )}
            </section>
          )}
          <section>
            <h3 className="mb-2 text-sm font-semibold">{t('calls.facts')}</h3>
            <CallFacts team={team} record={record} names={names} />
          </section>
        </div>
      ) : query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <div aria-busy="true" className="flex flex-col gap-3">
          <Bone className="h-5 w-3/4" />
          <Bone className="h-5 w-1/3" />
          <Bone className="mt-4 h-24 w-full" />
          <Bone className="h-64 w-full" />
        </div>
      )}
    </SidePane>
  );
}

function Head({ record }: { record: CallRecord }) {
  const outcome = outcomeOf(record);
  return (
    <div>
      <p className="font-mono text-sm break-all">
        <span className="text-ink-faint">{record.method}</span> {record.path}
      </p>
      <p className="mt-2 flex flex-wrap items-center gap-2">
        <Badge tone={outcomeTones[outcome]}>{t(`calls.outcome.${outcome}`)}</Badge>
        <span className="font-mono text-sm tabular">{statusText(record.status)}</span>
        {record.code && <code className="font-mono text-xs text-ink-soft">{record.code}</code>}
      </p>
    </div>
  );
}
