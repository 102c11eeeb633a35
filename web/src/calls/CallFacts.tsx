import { Link } from '@tanstack/react-router';
import { ListFilter } from 'lucide-react';
import type { ReactNode } from 'react';
import { country } from '../format/countries';
import { bytes, count } from '../format/numbers';
import { absoluteTime } from '../format/time';
import { t } from '../messages/messages';
import { CopyButton } from '../ui/CopyButton';
import { Facts } from '../ui/Page';
import { useZone } from '../ui/Time';
import type { Dimension } from './filter';
import { dimensionText } from './filter-text';
import type { Names } from './names';
import type { CallRecord } from './queries';

interface CallFactsProps {
  team: string;
  record: CallRecord;
  names: Names;
}

const mono = 'font-mono text-xs break-all';

/** All that is recorded of a call, with ways to the things it names and to other calls like it. */
export function CallFacts({ team, record, names }: CallFactsProps) {
  const zone = useZone();
  const { token, app, api_name: api, route, country: land } = record;
  return (
    <Facts
      items={[
        [t('calls.fact.time'), <span key="at">{absoluteTime(new Date(record.at), zone)}</span>],
        token != null && [
          t('calls.dimension.token'),
          <Filterable key="token" dimension="token" value={token}>
            <Link
              to="/teams/$team/tokens/$token"
              params={{ team, token }}
              className="rounded-sm text-accent-ink hover:underline"
            >
              {names.token(token)}
            </Link>
          </Filterable>,
        ],
        app != null && [
          t('calls.dimension.app'),
          <Filterable key="app" dimension="app" value={app}>
            {names.app(app)}
          </Filterable>,
        ],
        api != null && [
          t('calls.dimension.api'),
          <Filterable key="api" dimension="api" value={api}>
            <Link
              to="/teams/$team/apis/$name"
              params={{ team, name: api }}
              className={`${mono} rounded-sm text-accent-ink hover:underline`}
            >
              {api}
            </Link>
          </Filterable>,
        ],
        route != null && [
          t('calls.dimension.route'),
          <Filterable key="route" dimension="route" value={route}>
            <span className={mono}>{route}</span>
          </Filterable>,
        ],
        [
          t('calls.dimension.address'),
          <Filterable key="address" dimension="address" value={record.address}>
            <span className={mono}>{record.address}</span>
          </Filterable>,
        ],
        [
          t('calls.dimension.country'),
          land ? (
            <Filterable key="country" dimension="country" value={land}>
              {country(land)}
            </Filterable>
          ) : (
            <span key="unknown" className="text-ink-faint">
              {t('ui.unknown')}
            </span>
          ),
        ],
        record.asn != null && [
          t('calls.fact.network'),
          <span key="asn" className={mono}>{`AS${record.asn}`}</span>,
        ],
        record.target != null && [
          t('calls.dimension.target'),
          <Filterable key="target" dimension="target" value={record.target}>
            <span className={mono}>{record.target}</span>
          </Filterable>,
        ],
        record.protocol != null && [
          t('calls.dimension.protocol'),
          <span key="protocol" className={mono}>
            {record.protocol}
          </span>,
        ],
        [
          t('calls.fact.bytes'),
          <span key="bytes" className="tabular">
            {t('calls.fact.bytes.text', { in: bytes(record.bytes_in), out: bytes(record.bytes_out) })}
          </span>,
        ],
        [
          t('calls.fact.cost'),
          <span key="cost" className="tabular">
            {count(record.cost)}
          </span>,
        ],
        record.rule != null && [
          t('calls.fact.rule'),
          <span key="rule" className={mono}>
            {record.rule}
          </span>,
        ],
        [
          t('calls.fact.request'),
          <span key="id" className="flex items-start gap-1">
            <span className={mono}>{record.request_id}</span>
            <span className="-my-1">
              <CopyButton text={record.request_id} what={t('calls.fact.request')} />
            </span>
          </span>,
        ],
      ]}
    />
  );
}

/** A value with a way to all calls that share it. */
function Filterable({
  dimension,
  value,
  children,
}: {
  dimension: Dimension;
  value: string;
  children: ReactNode;
}) {
  const label = t('calls.filter.only', { what: dimensionText(dimension) });
  return (
    <span className="flex items-center gap-1.5">
      <span className="min-w-0">{children}</span>
      <Link
        to="."
        search={(before: object) => ({ ...before, [dimension]: value })}
        replace
        aria-label={label}
        title={label}
        className="grid size-5 shrink-0 place-items-center rounded-sm text-ink-faint hover:bg-hover hover:text-ink"
      >
        <ListFilter className="size-3.5" aria-hidden />
      </Link>
    </span>
  );
}
