import type { ReactNode } from 'react';
import { bytes, count } from '../format/numbers';
import { t } from '../messages/messages';
import { Limits, None, Origins, ScopeList } from '../resources/bits';
import { LimitsUsed } from '../resources/LimitsUsed';
import type { Api } from '../resources/resource';
import { useCan } from '../session/session';
import { Mono } from '../ui/Code';
import { Facts, Section } from '../ui/Page';

/** All that is set of an api besides its routes. */
export function ApiSettings({ team, api }: { team: string; api: Api }) {
  const can = useCan();
  const { spec } = api;
  const { bounds, cors, capture } = spec;
  const limited = Boolean(spec.limits?.rates?.length || spec.limits?.quotas?.length);
  const kept = (['request_head', 'request_body', 'response_head', 'response_body'] as const).filter(
    (part) => capture?.[part],
  );
  const scopes = Object.entries(spec.scopes ?? {});
  const tagged = (list: readonly string[] | undefined): ReactNode =>
    list && list.length > 0 ? <ScopeList scopes={list} /> : <None />;
  return (
    <div className="grid gap-x-12 gap-y-2 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <div>
        <Section title={t('apis.section.scopes')}>
          {scopes.length === 0 && <None>{t('apis.noScopes')}</None>}
          <dl className="text-sm">
            {scopes.map(([scope, text]) => (
              <div key={scope} className="flex flex-wrap gap-x-4 border-b py-2">
                <dt className="w-48 font-mono text-xs leading-5">{scope}</dt>
                <dd className="min-w-0 flex-1 text-ink-soft">{text}</dd>
              </div>
            ))}
          </dl>
        </Section>
        <Section title={t('apis.section.limits')} text={t('apis.section.limits.text')}>
          {limited && can('keyward:tokens.read') ? (
            <LimitsUsed team={team} api={api.name} limits={spec.limits} />
          ) : (
            <div className="text-sm">
              <Limits limits={spec.limits} />
            </div>
          )}
        </Section>
        <Section title={t('apis.group.forwarding')}>
          <Facts
            items={[
              [t('apis.versionIn'), t(`apis.versionIn.${spec.version_in ?? 'path'}`)],
              [
                t('apis.settings.forwardedPath'),
                t(spec.keep_base_path ? 'apis.settings.kept' : 'apis.settings.stripped'),
              ],
              [t('apis.websocket'), t(spec.websocket ? 'apis.settings.on' : 'apis.settings.off')],
              [
                t('apis.tokenParameter'),
                spec.token_parameter ? (
                  <Mono key="parameter">{spec.token_parameter}</Mono>
                ) : (
                  <None key="none" />
                ),
              ],
            ]}
          />
        </Section>
        <Section title={t('apis.group.bounds')} text={t('apis.group.bounds.text')}>
          <Facts
            items={[
              [t('apis.bounds.uri'), boundText(bounds?.max_uri_bytes)],
              [t('apis.bounds.head'), boundText(bounds?.max_head_bytes)],
              [t('apis.bounds.body'), boundText(bounds?.max_body_bytes)],
              [
                t('apis.bounds.concurrent'),
                bounds?.max_concurrent == null ? (
                  <None key="none">{t('apis.listeners')}</None>
                ) : (
                  count(bounds.max_concurrent)
                ),
              ],
            ]}
          />
        </Section>
        <Section title={t('apis.group.cors')}>
          {cors ? (
            <Facts
              items={[
                [t('apis.cors.origins'), tagged(cors.allow_origins)],
                [t('apis.cors.methods'), tagged(cors.allow_methods)],
                [t('apis.cors.allowHeaders'), tagged(cors.allow_headers)],
                [t('apis.cors.exposeHeaders'), tagged(cors.expose_headers)],
                [
                  t('apis.cors.credentials'),
                  t(cors.allow_credentials ? 'apis.settings.on' : 'apis.settings.off'),
                ],
              ]}
            />
          ) : (
            <p className="text-sm text-ink-faint">{t('apis.settings.corsOff')}</p>
          )}
        </Section>
        <Section title={t('apis.group.capture')}>
          {kept.length === 0 ? (
            <p className="text-sm text-ink-faint">{t('apis.settings.captureOff')}</p>
          ) : (
            <Facts
              items={[
                ...kept.map((part) => [t(`apis.capture.${part}`), t('apis.settings.on')] as const),
                [t('apis.capture.maxBytes'), bytes(capture?.max_bytes ?? 16_384)],
                [t('apis.capture.headers'), tagged(capture?.redact_headers)],
                [t('apis.capture.fields'), tagged(capture?.redact_fields)],
                [t('apis.capture.patterns'), tagged(capture?.redact_patterns)],
              ]}
            />
          )}
        </Section>
      </div>
      <div>
        <Origins resource={api} />
      </div>
    </div>
  );
}

function boundText(value: number | null | undefined): ReactNode {
  return value == null ? <None>{t('apis.listeners')}</None> : bytes(value);
}
