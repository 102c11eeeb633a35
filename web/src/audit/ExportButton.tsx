import { Download } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { count } from '../format/numbers';
import { t } from '../messages/messages';
import { Button } from '../ui/Button';
import { download } from '../ui/download';
import { problemText } from '../ui/States';
import { toast } from '../ui/toast';
import { csvHead, csvLines } from './csv';
import { readEvents, type Trail } from './queries';
import type { AuditSearch } from './search';

/** Writes what is filtered into a file, from the first page to the last. */
export function ExportButton({ trail, search }: { trail: Trail; search: AuditSearch }) {
  const [written, setWritten] = useState<number>();
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);

  async function write() {
    const control = new AbortController();
    stop.current = control;
    setWritten(0);
    const parts = [csvHead];
    let total = 0;
    let after: string | undefined;
    try {
      do {
        const page = await readEvents(trail, search, { after, limit: 500 }, control.signal);
        parts.push(csvLines(page.items));
        total += page.items.length;
        setWritten(total);
        after = page.next ?? undefined;
      } while (after !== undefined);
      const of = trail === 'installation' ? 'installation' : trail.team;
      download(`audit-${of}-${new Date().toISOString().slice(0, 10)}.csv`, 'text/csv;charset=utf-8', parts);
      toast({ title: t('audit.export.done', { count: total }) });
    } catch (error) {
      if (!control.signal.aborted) toast({ ...problemText(error), tone: 'refused' });
    } finally {
      setWritten(undefined);
    }
  }

  if (written === undefined)
    return (
      <Button icon={<Download className="size-4" aria-hidden />} onClick={() => void write()}>
        {t('audit.export')}
      </Button>
    );
  return (
    <>
      <span role="status" className="text-sm text-ink-soft tabular">
        {t('audit.export.running', { count: count(written) })}
      </span>
      <Button onClick={() => stop.current?.abort()}>{t('ui.cancel')}</Button>
    </>
  );
}
