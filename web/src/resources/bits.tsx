import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { Badge } from '../ui/Badge';
import { Mono } from '../ui/Code';
import { cx } from '../ui/cx';
import { Facts } from '../ui/Page';
import { Time } from '../ui/Time';
import { Tip } from '../ui/Tip';
import { type LimitsSpec, limitSentences } from './limits';
import type { Resource } from './resource';

/** The first cell of a row: what it is called, and its name below where that is another. */
export function NameCell({
  link,
  title,
  name,
  faded,
  below,
}: {
  link: LinkProps;
  title?: string;
  name: string;
  faded?: boolean;
  below?: ReactNode;
}) {
  const second = below ?? (title && title !== name ? <span className="font-mono">{name}</span> : undefined);
  return (
    <div className="min-w-0 leading-4">
      <Link
        {...link}
        className={cx(
          'block truncate rounded-sm leading-5 font-medium hover:underline',
          faded && 'text-ink-soft',
        )}
      >
        {title || name}
      </Link>
      {second && <span className="block truncate text-xs text-ink-faint">{second}</span>}
    </div>
  );
}

/** Text that is cut where there is no room. */
export function Cut({ children, mono }: { children: ReactNode; mono?: boolean }) {
  return <span className={cx('block truncate text-ink-soft', mono && 'font-mono text-xs')}>{children}</span>;
}

export function None({ children }: { children?: ReactNode }) {
  return <span className="text-ink-faint">{children ?? t('ui.none')}</span>;
}

/** That a source declares it. */
export function SourceBadge({ source }: { source?: string | null }) {
  if (!source) return null;
  return (
    <Tip text={t('resources.declared.tip', { source })}>
      <span>
        <Badge>{t('resources.declared')}</Badge>
      </span>
    </Tip>
  );
}

export function Limits({ limits }: { limits?: LimitsSpec }) {
  const sentences = limitSentences(limits);
  if (sentences.length === 0) return <None />;
  return (
    <ul className="flex flex-col gap-0.5">
      {sentences.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}

export function Labels({ labels, inLine }: { labels?: Record<string, string>; inLine?: boolean }) {
  const entries = Object.entries(labels ?? {});
  if (entries.length === 0) return <None />;
  return (
    <span className={cx('flex gap-1 overflow-hidden', !inLine && 'flex-wrap')}>
      {entries.map(([key, value]) => (
        <span
          key={key}
          className="inline-flex shrink-0 rounded-sm bg-hover px-1.5 font-mono text-xs leading-5"
        >
          <span className="text-ink-faint">{key}</span>
          {value && <span>={value}</span>}
        </span>
      ))}
    </span>
  );
}

export function ScopeList({ scopes }: { scopes?: readonly string[] }) {
  if (!scopes || scopes.length === 0) return <None />;
  return (
    <span className="flex flex-wrap gap-1">
      {scopes.map((scope) => (
        <span key={scope} className="rounded-sm bg-hover px-1.5 font-mono text-xs leading-5">
          {scope}
        </span>
      ))}
    </span>
  );
}

/** What Keyward knows of every resource. */
export function Origins({ resource }: { resource: Resource }) {
  return (
    <Facts
      items={[
        [t('resources.id'), <Mono key="id">{resource.id}</Mono>],
        [t('resources.version'), <Mono key="version">{resource.version}</Mono>],
        [t('resources.createdAt'), <Time key="created" at={resource.created_at} />],
        [t('resources.updatedAt'), <Time key="updated" at={resource.updated_at} />],
        [
          t('resources.source'),
          resource.source ? (
            <T
              key="source"
              id="resources.source.declared"
              values={{ source: <Mono>{resource.source}</Mono> }}
            />
          ) : (
            t('resources.source.hand')
          ),
        ],
      ]}
    />
  );
}
