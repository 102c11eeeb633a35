import { useQuery } from '@tanstack/react-query';
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { t } from '../messages/messages';
import { cx } from '../ui/cx';
import { Bone, Loaded } from '../ui/States';
import { ExplanationView } from './ExplanationView';
import { outcomeOf } from './outcome';
import { type CallRecord, explanationQuery } from './queries';

/** Why a call went as it did. Of a refusal or failure one wants to know at once; the checks of others are there to be asked for. */
export function Decision({ team, record }: { team: string; record: CallRecord }) {
  const [open, setOpen] = useState(outcomeOf(record) !== 'answered');
  const query = useQuery({ ...explanationQuery(team, record.request_id), enabled: open });
  return (
    <section>
      <h3>
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="-ms-1 mb-2 flex items-center gap-1 rounded-sm text-sm font-semibold hover:underline"
        >
          <ChevronRight
            className={cx('size-4 text-ink-faint', open ? 'rotate-90' : 'rtl:rotate-180')}
            aria-hidden
          />
          {t('calls.decision')}
        </button>
      </h3>
      {open && (
        <Loaded query={query} skeleton={<Bone className="h-80 w-full" />}>
          {(explanation) => <ExplanationView explanation={explanation} bare />}
        </Loaded>
      )}
    </section>
  );
}
