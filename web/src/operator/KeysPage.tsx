import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { request, type Schemas } from '../api/client';
import { t } from '../messages/messages';
import { FormSection } from '../resources/form';
import { useAttempt } from '../ui/attempt';
import { Badge } from '../ui/Badge';
import { Button } from '../ui/Button';
import { Confirm } from '../ui/Dialog';
import { Page } from '../ui/Page';
import { Bone, Loaded, ProblemNote } from '../ui/States';
import { Time } from '../ui/Time';
import { toast } from '../ui/toast';
import { type KeySummary, keysQuery } from './queries';

const purposes = ['pepper', 'seal', 'integrity'] as const;
type Purpose = (typeof purposes)[number];

/** The versions of the key ring. Never a key. */
export function KeysPage() {
  const keys = useQuery(keysQuery);
  const [rotating, setRotating] = useState<Purpose>();
  return (
    <Page title={t('operator.keys')} text={t('operator.keys.text')} width="form">
      <Loaded query={keys} skeleton={<Bone className="h-64 w-full" />}>
        {(all) => (
          <div>
            {purposes.map((purpose) => (
              <FormSection
                key={purpose}
                title={t(`operator.keys.${purpose}`)}
                text={t(`operator.keys.${purpose}.text`)}
              >
                <Versions versions={all.filter((key) => key.purpose === purpose)} />
                {purpose === 'integrity' ? (
                  <p className="text-sm text-ink-faint">{t('operator.keys.integrity.fixed')}</p>
                ) : (
                  <Button size="sm" className="self-start" onClick={() => setRotating(purpose)}>
                    {t('operator.keys.rotate')}
                  </Button>
                )}
              </FormSection>
            ))}
          </div>
        )}
      </Loaded>
      {rotating && <Rotate purpose={rotating} onClose={() => setRotating(undefined)} />}
    </Page>
  );
}

function Versions({ versions }: { versions: readonly KeySummary[] }) {
  const latestFirst = [...versions].sort((one, other) => other.version - one.version);
  return (
    <ul className="rounded-md border">
      {latestFirst.map((key) => (
        <li
          key={key.version}
          className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t px-3 py-2 text-sm first:border-t-0"
        >
          <span className="font-medium">{t('operator.keys.version', { version: key.version })}</span>
          {key.in_use ? (
            <Badge tone="allowed">{t('operator.keys.inUse')}</Badge>
          ) : (
            <span className="text-ink-faint">{t('operator.keys.reads')}</span>
          )}
          <span className="ms-auto text-ink-faint">
            {t('operator.keys.made')} <Time at={key.created_at} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Rotate({ purpose, onClose }: { purpose: Purpose; onClose: () => void }) {
  const client = useQueryClient();
  const { busy, problem, run } = useAttempt();
  const rotate = () =>
    run(async () => {
      const made = await request<Schemas['RotatedKey']>('post', '/api/v1/keys/rotate', { body: { purpose } });
      onClose();
      toast({
        title: t('operator.keys.rotated', { version: made.key.version }),
        text: purpose === 'seal' ? t('operator.keys.resealed', { count: made.resealed }) : undefined,
      });
      await client.invalidateQueries({ queryKey: keysQuery.queryKey });
    });
  return (
    <Confirm
      open
      title={t(`operator.keys.rotate.${purpose === 'seal' ? 'seal' : 'pepper'}`)}
      text={t(`operator.keys.rotate.${purpose === 'seal' ? 'seal' : 'pepper'}.text`)}
      onCancel={onClose}
      confirm={
        <Button tone="primary" busy={busy} onClick={() => void rotate()}>
          {t('operator.keys.rotate')}
        </Button>
      }
    >
      {problem ? <ProblemNote error={problem} /> : undefined}
    </Confirm>
  );
}
