import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Monitor, Smartphone } from 'lucide-react';
import { useState } from 'react';
import { request, urlOf } from '../api/client';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { signOut } from '../session/sign-out';
import { useAttempt } from '../ui/attempt';
import { Badge } from '../ui/Badge';
import { Button } from '../ui/Button';
import { Confirm } from '../ui/Dialog';
import { Bone, Loaded, ProblemNote } from '../ui/States';
import { Time } from '../ui/Time';
import { toast } from '../ui/toast';
import { agentParts } from './agent';
import { type Device, devicesQuery } from './queries';

/** The browsers in which one is signed in. */
export function Devices() {
  const client = useQueryClient();
  const devices = useQuery(devicesQuery);
  const [asking, setAsking] = useState(false);
  const [ending, setEnding] = useState<string>();
  const { busy, problem, setProblem, run } = useAttempt();
  const refresh = () => client.invalidateQueries({ queryKey: devicesQuery.queryKey });

  async function end(device: Device) {
    setEnding(device.id);
    await run(async () => {
      await request('delete', urlOf('/api/v1/account/sessions/{id}', { id: device.id }));
      toast({ title: t('account.devices.ended', { name: deviceName(device) }) });
      await refresh();
    });
    setEnding(undefined);
  }

  const endOthers = () =>
    run(async () => {
      await request('delete', '/api/v1/account/sessions');
      setAsking(false);
      toast({ title: t('account.devices.endedOthers') });
      await refresh();
    });

  return (
    <Loaded query={devices} skeleton={<Bone className="h-24 w-full" />}>
      {(list) => (
        <>
          <ul className="rounded-md border">
            {list.map((device) => (
              <li
                key={device.id}
                className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-t px-3 py-2.5 first:border-t-0"
              >
                <DeviceIcon device={device} />
                <div className="min-w-0 flex-1 basis-52">
                  <p className="flex flex-wrap items-center gap-x-2 text-sm font-medium">
                    {deviceName(device)}
                    {device.current && <Badge tone="accent">{t('account.devices.here')}</Badge>}
                  </p>
                  <p className="text-xs text-ink-faint">
                    <T
                      id={device.current ? 'account.devices.now' : 'account.devices.seen'}
                      values={{
                        address: (
                          <span key="address" className="font-mono">
                            {device.address}
                          </span>
                        ),
                        seen: <Time key="seen" at={device.seen_at} />,
                        since: <Time key="since" at={device.created_at} />,
                      }}
                    />
                  </p>
                </div>
                {device.current ? (
                  <Button size="sm" tone="quiet" onClick={() => void signOut()}>
                    {t('shell.signOut')}
                  </Button>
                ) : (
                  <Button
                    size="sm"
                    tone="quiet"
                    busy={ending === device.id}
                    aria-label={t('account.devices.end.what', { name: deviceName(device) })}
                    onClick={() => void end(device)}
                  >
                    {t('shell.signOut')}
                  </Button>
                )}
              </li>
            ))}
          </ul>
          {!asking && <ProblemNote error={problem} />}
          {list.length > 1 && (
            <Button size="sm" tone="danger" className="self-start" onClick={() => setAsking(true)}>
              {t('account.devices.endOthers')}
            </Button>
          )}
          <Confirm
            open={asking}
            title={t('account.devices.endOthers.title')}
            text={t('account.devices.endOthers.text', { count: list.length - 1 })}
            onCancel={() => {
              setAsking(false);
              setProblem(undefined);
            }}
            confirm={
              <Button tone="danger" busy={busy} onClick={() => void endOthers()}>
                {t('account.devices.endOthers')}
              </Button>
            }
          >
            {problem ? <ProblemNote error={problem} /> : undefined}
          </Confirm>
        </>
      )}
    </Loaded>
  );
}

function deviceName({ agent }: Device): string {
  const { browser, system } = agentParts(agent);
  if (browser && system) return t('account.devices.on', { browser, system });
  return browser ?? system ?? agent?.slice(0, 60) ?? t('account.devices.unknown');
}

function DeviceIcon({ device }: { device: Device }) {
  const { system } = agentParts(device.agent);
  const Icon = system === 'iPhone' || system === 'Android' ? Smartphone : Monitor;
  return <Icon className="size-5 text-ink-faint" strokeWidth={1.5} aria-hidden />;
}
