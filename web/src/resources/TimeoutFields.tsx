import { t } from '../messages/messages';
import { NumberAt, Row } from './form';

/** How long to wait: of an upstream, or of a route in its place. */
export function TimeoutFields({ path }: { path: string }) {
  const ms = t('upstreams.ms');
  return (
    <Row>
      <NumberAt
        path={`${path}.connect_ms`}
        label={t('upstreams.connect')}
        hint={t('upstreams.connect.hint')}
        unit={ms}
        fallback={5000}
      />
      <NumberAt
        path={`${path}.first_byte_ms`}
        label={t('upstreams.firstByte')}
        hint={t('upstreams.firstByte.hint')}
        unit={ms}
        fallback={60_000}
      />
      <NumberAt path={`${path}.idle_ms`} label={t('upstreams.idle')} unit={ms} fallback={60_000} />
      <NumberAt
        path={`${path}.body_ms`}
        label={t('upstreams.body')}
        unit={ms}
        fallback={t('upstreams.body.fallback')}
      />
      <NumberAt
        path={`${path}.total_ms`}
        label={t('upstreams.total')}
        hint={t('upstreams.total.hint')}
        unit={ms}
        fallback={t('upstreams.unlimited')}
      />
    </Row>
  );
}
