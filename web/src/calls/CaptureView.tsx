import { useState } from 'react';
import { call, type Schemas } from '../api/client';
import { bytes } from '../format/numbers';
import { t } from '../messages/messages';
import { Button } from '../ui/Button';
import { Code } from '../ui/Code';
import { ProblemNote } from '../ui/States';

type Captured = Schemas['CapturedCall'];
type Message = Schemas['CapturedMessage'];

/** What passed. It is fetched when it is asked for, because who reads it stands in the audit trail; and kept nowhere. */
export function CaptureView({ team, id }: { team: string; id: string }) {
  const [captured, setCaptured] = useState<Captured>();
  const [error, setError] = useState<unknown>();
  const [reading, setReading] = useState(false);

  async function read() {
    setReading(true);
    setError(undefined);
    try {
      setCaptured(
        await call('get', '/api/v1/teams/{team}/calls/{request_id}/capture', {
          path: { team, request_id: id },
        }),
      );
    } catch (problem) {
      setError(problem);
    } finally {
      setReading(false);
    }
  }

  if (captured) {
    return (
      <div className="flex flex-col gap-4">
        <MessageView title={t('calls.capture.request')} message={captured.request} />
        <MessageView title={t('calls.capture.response')} message={captured.response} />
      </div>
    );
  }
  return (
    <div>
      <p className="mb-2 text-sm text-ink-soft">{t('calls.capture.text')}</p>
      <ProblemNote error={error} className="mb-2" />
      <Button size="sm" busy={reading} onClick={read}>
        {t('calls.capture.show')}
      </Button>
    </div>
  );
}

function MessageView({ title, message: { head, body } }: { title: string; message: Message }) {
  return (
    <div>
      <h4 className="mb-1 text-xs font-medium text-ink-soft">{title}</h4>
      <div className="flex flex-col gap-2">
        {head && <Captured text={head} what={t('calls.capture.head')} />}
        {body?.shown && <Captured text={body.shown} what={t('calls.capture.body')} />}
        {body?.withheld && (
          <p className="text-xs text-ink-faint">
            {t(`calls.capture.withheld.${body.withheld}`, {
              size: bytes(body.bytes),
              encoding: body.encoding ?? '',
            })}
          </p>
        )}
        {!head && !body && <p className="text-xs text-ink-faint">{t('calls.capture.nothing')}</p>}
      </div>
    </div>
  );
}

function Captured({ text: { text, cut, redacted }, what }: { text: Schemas['CapturedText']; what: string }) {
  if (text === '') return <p className="text-xs text-ink-faint">{t('calls.capture.empty', { what })}</p>;
  return (
    <div>
      <div className="max-h-96 overflow-y-auto">
        <Code text={text.trimEnd()} what={what} wrap />
      </div>
      {(cut || redacted > 0) && (
        <p className="mt-1 text-xs text-ink-faint">
          {[redacted > 0 && t('calls.capture.redacted', { count: redacted }), cut && t('calls.capture.cut')]
            .filter(Boolean)
            .join(' ')}
        </p>
      )}
    </div>
  );
}
