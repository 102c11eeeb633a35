import { useState } from 'react';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { Button } from '../ui/Button';
import { Segments } from '../ui/Choices';
import { Dialog } from '../ui/Dialog';
import { Time } from '../ui/Time';
import { type Change, changesBetween, overlap, pathText, withChange } from './changes';
import { tidy } from './json';
import type { Resource } from './resource';

interface ConflictDialogProps {
  /** What the change began from. */
  base: unknown;
  mine: unknown;
  theirs: Resource;
  /** Called with both changes in one. */
  onTogether: (spec: unknown) => void;
  /** Mine is thrown away. */
  onTheirs: () => void;
  onClose: () => void;
}

/** Somebody else saved first: shows what they changed, and puts both changes together. Nothing is written here. */
export function ConflictDialog({ base, mine, theirs, onTogether, onTheirs, onClose }: ConflictDialogProps) {
  const began = tidy(base);
  const myChanges = changesBetween(began, tidy(mine));
  const theirChanges = changesBetween(began, tidy(theirs.spec));
  const [keep, setKeep] = useState<Record<string, 'mine' | 'theirs'>>({});
  const clashing = (change: Change) => myChanges.find((one) => overlap(one, change));
  const together = () => {
    const dropped = theirChanges
      .filter((change) => clashing(change) && keep[pathText(change.path)] === 'theirs')
      .flatMap((change) => myChanges.filter((one) => overlap(one, change)));
    onTogether(
      myChanges.filter((change) => !dropped.includes(change)).reduce<unknown>(withChange, tidy(theirs.spec)),
    );
  };
  return (
    <Dialog
      open
      onClose={onClose}
      mustAnswer
      reading
      width="lg"
      title={t('resources.conflict.title', { name: theirs.name })}
      text={
        <T
          id="resources.conflict.text"
          values={{ when: <Time at={theirs.updated_at} />, version: theirs.version }}
        />
      }
      actions={
        <>
          <Button onClick={onTheirs}>{t('resources.conflict.theirs')}</Button>
          <Button tone="primary" onClick={together}>
            {t('resources.conflict.together')}
          </Button>
        </>
      }
    >
      {theirChanges.length === 0 ? (
        <p className="text-sm text-ink-soft">{t('resources.conflict.nothing')}</p>
      ) : (
        <ul className="flex flex-col">
          {theirChanges.map((change) => {
            const path = pathText(change.path);
            const clash = clashing(change);
            return (
              <li key={path} className="border-t py-2.5 first:border-t-0">
                <div className="mb-1 flex flex-wrap items-center justify-between gap-2">
                  <code className="font-mono text-xs font-semibold">{path}</code>
                  {clash && (
                    <Segments
                      label={path}
                      value={keep[path] ?? 'mine'}
                      onChange={(side) => setKeep({ ...keep, [path]: side })}
                      choices={[
                        { value: 'mine', label: t('resources.conflict.keepMine') },
                        { value: 'theirs', label: t('resources.conflict.keepTheirs') },
                      ]}
                    />
                  )}
                </div>
                <dl className="grid grid-cols-[4.5rem_1fr] gap-x-3 gap-y-0.5 text-sm">
                  <Value term={t('resources.conflict.was')} value={change.before} />
                  <Value term={t('resources.conflict.isNow')} value={change.after} />
                  {clash && <Value term={t('resources.conflict.yours')} value={clash.after} />}
                </dl>
              </li>
            );
          })}
        </ul>
      )}
    </Dialog>
  );
}

function Value({ term, value }: { term: string; value: unknown }) {
  return (
    <>
      <dt className="text-ink-faint">{term}</dt>
      <dd className="min-w-0 font-mono text-xs leading-5 break-words whitespace-pre-wrap">
        {value === undefined ? (
          <span className="font-sans text-ink-faint">{t('resources.conflict.absent')}</span>
        ) : typeof value === 'string' ? (
          value
        ) : (
          JSON.stringify(value, null, 1)
        )}
      </dd>
    </>
  );
}
