import { useQuery } from '@tanstack/react-query';
import { t } from '../messages/messages';
import {
  FieldAt,
  FormSection,
  NamedAt,
  NameField,
  NumberAt,
  PartAt,
  Row,
  SelectAt,
  TagsAt,
  TextAt,
  useAt,
} from '../resources/form';
import { resourcesQuery } from '../resources/resource';
import { TimeoutFields } from '../resources/TimeoutFields';
import { useTeamName } from '../session/session';
import { Checkbox } from '../ui/Checkbox';
import { Disclosure } from '../ui/Disclosure';
import { TargetsAt } from './TargetsAt';

/** The fields of an upstream: targets, connection and probes up front, all else behind "Advanced". */
export function UpstreamForm({ problem }: { problem: unknown }) {
  const team = useTeamName();
  const connections = useQuery(resourcesQuery('connections', team));
  const ms = t('upstreams.ms');
  const seconds = t('upstreams.seconds');
  return (
    <>
      <FormSection title={t('upstreams.section.about')}>
        <NameField />
        <TextAt
          path="description"
          label={t('resources.description')}
          hint={t('resources.description.hint')}
          lines={2}
          optional
        />
      </FormSection>
      <FormSection title={t('upstreams.section.targets')} text={t('upstreams.section.targets.text')}>
        <TargetsAt />
        <SelectAt
          path="balance"
          label={t('upstreams.balance')}
          fallback="round_robin"
          choices={(['round_robin', 'least_connections'] as const).map((value) => ({
            value,
            label: t(`upstreams.balance.${value}`),
            hint: t(`upstreams.balance.hint.${value}`),
          }))}
        />
      </FormSection>
      <FormSection title={t('upstreams.section.connection')} text={t('upstreams.section.connection.text')}>
        <NamedAt
          path="connection"
          label={t('upstreams.connection')}
          hint={t('upstreams.connection.hint')}
          optional
          names={connections.data?.map(({ name, spec }) => ({ value: name, label: name, hint: spec.origin }))}
        />
      </FormSection>
      <FormSection title={t('upstreams.section.health')} text={t('upstreams.section.health.text')}>
        <PartAt
          path="health.active"
          label={t('upstreams.active')}
          hint={t('upstreams.active.hint')}
          initial={{ path: '/healthz' }}
        >
          <Row>
            <TextAt
              path="health.active.path"
              label={t('upstreams.active.path')}
              hint={t('upstreams.active.path.hint')}
              mono
              required
            />
            <SelectAt
              path="health.active.method"
              label={t('upstreams.active.method')}
              fallback="GET"
              choices={(['GET', 'HEAD'] as const).map((value) => ({ value, label: value }))}
            />
            <NumberAt
              path="health.active.interval_seconds"
              label={t('upstreams.active.interval')}
              unit={seconds}
              fallback={10}
            />
            <NumberAt
              path="health.active.timeout_ms"
              label={t('upstreams.active.timeout')}
              unit={ms}
              fallback={2000}
            />
            <NumberAt
              path="health.active.unhealthy_after"
              label={t('upstreams.active.unhealthyAfter')}
              unit={t('upstreams.active.bad')}
              fallback={3}
            />
            <NumberAt
              path="health.active.healthy_after"
              label={t('upstreams.active.healthyAfter')}
              unit={t('upstreams.active.good')}
              fallback={2}
            />
          </Row>
          <TagsAt
            path="health.active.expect"
            label={t('upstreams.active.expect')}
            hint={t('upstreams.active.expect.hint')}
            placeholder="204"
            numbers
            optional
          />
        </PartAt>
      </FormSection>
      <Disclosure title={t('resources.advanced')} text={t('upstreams.advanced.text')} errors={problem}>
        <FormSection title={t('upstreams.group.protocol')}>
          <SelectAt
            path="protocol"
            label={t('upstreams.protocol')}
            hint={t('upstreams.protocol.hint')}
            fallback="http1"
            choices={(['http1', 'http2', 'auto'] as const).map((value) => ({
              value,
              label: t(`upstreams.protocol.${value}`),
            }))}
          />
        </FormSection>
        <FormSection title={t('upstreams.group.timeouts')} text={t('upstreams.group.timeouts.text')}>
          <TimeoutFields path="timeouts" />
        </FormSection>
        <FormSection title={t('upstreams.group.passive')} text={t('upstreams.group.passive.text')}>
          <Row>
            <NumberAt
              path="health.passive.failures"
              label={t('upstreams.passive.failures')}
              hint={t('upstreams.passive.failures.hint')}
              fallback={5}
            />
            <NumberAt
              path="health.passive.max_ejected_percent"
              label={t('upstreams.passive.maxPercent')}
              hint={t('upstreams.passive.maxPercent.hint')}
              unit={t('upstreams.percent')}
              fallback={50}
            />
            <NumberAt
              path="health.passive.eject_seconds"
              label={t('upstreams.passive.eject')}
              hint={t('upstreams.passive.eject.hint')}
              unit={seconds}
              fallback={10}
            />
            <NumberAt
              path="health.passive.max_eject_seconds"
              label={t('upstreams.passive.maxEject')}
              unit={seconds}
              fallback={300}
            />
          </Row>
          <TagsAt
            path="health.passive.statuses"
            label={t('upstreams.passive.statuses')}
            hint={t('upstreams.passive.statuses.hint')}
            placeholder="503"
            numbers
            optional
          />
          <Row>
            <NumberAt
              path="health.slow_start_seconds"
              label={t('upstreams.slowStart')}
              hint={t('upstreams.slowStart.hint')}
              unit={seconds}
              fallback={0}
            />
            <NumberAt
              path="health.panic_percent"
              label={t('upstreams.panic')}
              hint={t('upstreams.panic.hint')}
              unit={t('upstreams.percent')}
              fallback={25}
            />
          </Row>
        </FormSection>
        <FormSection title={t('upstreams.group.retries')} text={t('upstreams.group.retries.text')}>
          <RetriedOn />
          <Row>
            <NumberAt path="retries.attempts" label={t('upstreams.retries.attempts')} fallback={2} />
            <NumberAt path="retries.budget_percent" label={t('upstreams.retries.budget')} fallback={20} />
            <NumberAt
              path="retries.back_off_ms"
              label={t('upstreams.retries.backOff')}
              unit={ms}
              fallback={25}
            />
            <NumberAt
              path="retries.max_back_off_ms"
              label={t('upstreams.retries.maxBackOff')}
              unit={ms}
              fallback={1000}
            />
            <NumberAt
              path="retries.min_per_second"
              label={t('upstreams.retries.minimum')}
              unit={t('upstreams.perSecond')}
              fallback={10}
            />
          </Row>
          <TagsAt
            path="retries.statuses"
            label={t('upstreams.retries.statuses')}
            hint={t('upstreams.retries.statuses.hint')}
            suggestions={['502', '503', '504'].map((value) => ({ value, label: value }))}
            numbers
            optional
          />
        </FormSection>
        <FormSection title={t('upstreams.group.concurrency')} text={t('upstreams.group.concurrency.text')}>
          <Row>
            <NumberAt
              path="concurrency.max_connections"
              label={t('upstreams.concurrency.connections')}
              fallback={t('upstreams.unlimited')}
            />
            <NumberAt
              path="concurrency.max_pending"
              label={t('upstreams.concurrency.pending')}
              fallback={128}
            />
          </Row>
        </FormSection>
        <FormSection title={t('upstreams.group.tls')} text={t('upstreams.group.tls.text')}>
          <TextAt
            path="server_name"
            label={t('upstreams.serverName')}
            hint={t('upstreams.serverName.hint')}
            mono
            optional
          />
          <TextAt
            path="ca"
            label={t('upstreams.ca')}
            hint={t('upstreams.ca.hint')}
            placeholder="-----BEGIN CERTIFICATE-----"
            lines={4}
            mono
            optional
          />
        </FormSection>
      </Disclosure>
    </>
  );
}

const reasons = ['connect', 'reset'] as const;

/** An empty list is said as such: it is not the same as none. */
function RetriedOn() {
  const [on = reasons, change] = useAt<readonly string[]>('retries.on');
  return (
    <FieldAt path="retries.on" label={t('upstreams.retries.on')}>
      <fieldset aria-label={t('upstreams.retries.on')} className="flex flex-col gap-1.5">
        {reasons.map((reason) => (
          <Checkbox
            key={reason}
            checked={on.includes(reason)}
            onChange={(checked) =>
              change(reasons.filter((one) => (one === reason ? checked : on.includes(one))))
            }
          >
            {t(`upstreams.retries.on.${reason}`)}
          </Checkbox>
        ))}
      </fieldset>
    </FieldAt>
  );
}
