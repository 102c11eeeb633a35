import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import {
  CheckAt,
  FieldAt,
  FormSection,
  NamedAt,
  NameField,
  NumberAt,
  PartAt,
  Row,
  SegmentsAt,
  TagsAt,
  TextAt,
  useAt,
} from '../resources/form';
import { LimitsAt } from '../resources/LimitsAt';
import { PairsAt } from '../resources/PairsAt';
import { RowErrors } from '../resources/RowErrors';
import { resourcesQuery } from '../resources/resource';
import { useTeamName } from '../session/session';
import { Button } from '../ui/Button';
import { ChoiceCards } from '../ui/Choices';
import { Mono } from '../ui/Code';
import { Disclosure } from '../ui/Disclosure';
import { Textarea } from '../ui/Field';
import { callPath } from './address';
import { RoutesAt } from './RoutesAt';
import { accesses, defaultLifecycle, type Lifecycle, lifecycles } from './search';

/** The fields of an api. */
export function ApiForm({ problem }: { problem: unknown }) {
  const team = useTeamName();
  const upstreams = useQuery(resourcesQuery('upstreams', team));
  return (
    <>
      <FormSection title={t('apis.section.about')}>
        <TextAt path="title" label={t('resources.title')} hint={t('resources.title.hint')} />
        <TextAt
          path="description"
          label={t('resources.description')}
          hint={t('resources.description.hint')}
          lines={2}
          optional
        />
        <Row>
          <TextAt
            path="api"
            label={t('apis.api')}
            hint={t('apis.api.hint')}
            placeholder="orders"
            mono
            required
          />
          <TextAt path="version" label={t('apis.version')} placeholder="v1" mono required />
        </Row>
        <NameField hint={t('apis.name.hint')} />
      </FormSection>
      <FormSection title={t('apis.section.address')}>
        <TextAt
          path="base_path"
          label={t('apis.basePath')}
          hint={t('apis.basePath.hint')}
          placeholder="/orders"
          mono
          required
        />
        <SegmentsAt
          path="version_in"
          label={t('apis.versionIn')}
          fallback="path"
          choices={(['path', 'header', 'none'] as const).map((value) => ({
            value,
            label: t(`apis.versionIn.${value}`),
          }))}
        />
        <AddressPreview />
      </FormSection>
      <FormSection title={t('apis.section.behind')}>
        <NamedAt
          path="upstream"
          label={t('apis.upstream')}
          names={upstreams.data?.map(({ name, spec }) => ({
            value: name,
            label: name,
            hint: spec.description || spec.targets[0]?.url,
          }))}
        />
      </FormSection>
      <FormSection title={t('apis.section.access')}>
        <CardsAt path="access" fallback="open" values={accesses} label={t('apis.access')} prefix="access" />
      </FormSection>
      <FormSection title={t('apis.section.lifecycle')}>
        <CardsAt<Lifecycle>
          path="lifecycle"
          fallback={defaultLifecycle}
          values={lifecycles}
          label={t('apis.lifecycle')}
          prefix="lifecycle"
        />
      </FormSection>
      <FormSection title={t('apis.section.scopes')} text={t('apis.section.scopes.text')}>
        <PairsAt
          path="scopes"
          names={[t('apis.scope'), t('apis.scope.text')]}
          placeholders={['orders:read', 'Read orders.']}
          add={t('apis.scope.add')}
          mono
        />
      </FormSection>
      <FormSection id="routes" title={t('apis.section.routes')} text={t('apis.section.routes.text')}>
        <RoutesAt />
      </FormSection>
      <FormSection title={t('apis.section.limits')} text={t('apis.section.limits.text')}>
        <LimitsAt path="limits" />
      </FormSection>
      <Disclosure title={t('resources.advanced')} text={t('apis.advanced.text')} errors={problem}>
        <Advanced />
      </Disclosure>
    </>
  );
}

function AddressPreview() {
  const [base = '', ,] = useAt<string>('base_path');
  const [version = ''] = useAt<string>('version');
  const [versionIn = 'path'] = useAt<'path' | 'header' | 'none'>('version_in');
  if (base === '' || version === '') return null;
  return (
    <p className="text-sm text-ink-soft">
      <T
        id={`apis.versionIn.preview.${versionIn}`}
        values={{
          path: <Mono>{callPath({ base_path: base, version, version_in: versionIn })}/…</Mono>,
          version: <Mono>{version}</Mono>,
        }}
      />
    </p>
  );
}

interface CardsAtProps<V extends string> {
  path: string;
  fallback: V;
  values: readonly V[];
  label: string;
  prefix: 'access' | 'lifecycle';
}

function CardsAt<V extends 'open' | 'subscribe' | 'approve' | Lifecycle>(props: CardsAtProps<V>) {
  const { path, fallback, values, label, prefix } = props;
  const [value, change] = useAt<V>(path);
  const text = (one: V, part: '' | '.text') => t(`apis.${prefix}.${one}${part}` as 'apis.access.open');
  return (
    <>
      <ChoiceCards
        label={label}
        value={value ?? fallback}
        onChange={change}
        choices={values.map((one) => ({ value: one, label: text(one, ''), text: text(one, '.text') }))}
        className={values.length === 3 ? 'sm:grid-cols-3' : 'sm:grid-cols-4'}
      />
      <RowErrors path={path} />
    </>
  );
}

const captured = ['request_head', 'request_body', 'response_head', 'response_body'] as const;
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((value) => ({
  value,
  label: value,
}));

function Advanced() {
  const bytes = t('apis.bytes');
  const listeners = t('apis.listeners');
  return (
    <>
      <FormSection title={t('apis.group.forwarding')}>
        <CheckAt path="keep_base_path" label={t('apis.keepBasePath')} />
        <CheckAt path="websocket" label={t('apis.websocket')} hint={t('apis.websocket.hint')} />
        <TextAt
          path="token_parameter"
          label={t('apis.tokenParameter')}
          hint={t('apis.tokenParameter.hint')}
          mono
          optional
        />
      </FormSection>
      <FormSection title={t('apis.group.bounds')} text={t('apis.group.bounds.text')}>
        <Row>
          <NumberAt
            path="bounds.max_uri_bytes"
            label={t('apis.bounds.uri')}
            unit={bytes}
            fallback={listeners}
          />
          <NumberAt
            path="bounds.max_head_bytes"
            label={t('apis.bounds.head')}
            unit={bytes}
            fallback={listeners}
          />
          <NumberAt
            path="bounds.max_body_bytes"
            label={t('apis.bounds.body')}
            hint={t('apis.bounds.body.hint')}
            unit={bytes}
            fallback={listeners}
          />
          <NumberAt
            path="bounds.max_concurrent"
            label={t('apis.bounds.concurrent')}
            hint={t('apis.bounds.concurrent.hint')}
            fallback={listeners}
          />
        </Row>
      </FormSection>
      <FormSection title={t('apis.group.cors')} text={t('apis.group.cors.text')}>
        <PartAt path="cors" label={t('apis.cors')} initial={{ allow_origins: [] }}>
          <TagsAt
            path="cors.allow_origins"
            label={t('apis.cors.origins')}
            hint={t('apis.cors.origins.hint')}
            placeholder="https://shop.example"
            mono
          />
          <TagsAt
            path="cors.allow_methods"
            label={t('apis.cors.methods')}
            hint={t('apis.cors.methods.hint')}
            suggestions={methods}
            mono
            optional
          />
          <TagsAt
            path="cors.allow_headers"
            label={t('apis.cors.allowHeaders')}
            hint={t('apis.cors.headers.hint')}
            mono
            optional
          />
          <TagsAt
            path="cors.expose_headers"
            label={t('apis.cors.exposeHeaders')}
            hint={t('apis.cors.headers.hint')}
            mono
            optional
          />
          <CheckAt
            path="cors.allow_credentials"
            label={t('apis.cors.credentials')}
            hint={t('apis.cors.credentials.hint')}
          />
          <NumberAt
            path="cors.max_age_seconds"
            label={t('apis.cors.maxAge')}
            unit={t('apis.seconds')}
            fallback={600}
          />
        </PartAt>
      </FormSection>
      <FormSection title={t('apis.group.capture')} text={t('apis.group.capture.text')}>
        {captured.map((part) => (
          <CheckAt key={part} path={`capture.${part}`} label={t(`apis.capture.${part}`)} />
        ))}
        <NumberAt
          path="capture.max_bytes"
          label={t('apis.capture.maxBytes')}
          unit={bytes}
          fallback={16_384}
        />
        <TagsAt path="capture.redact_headers" label={t('apis.capture.headers')} mono optional />
        <TagsAt
          path="capture.redact_fields"
          label={t('apis.capture.fields')}
          hint={t('apis.capture.fields.hint')}
          mono
          optional
        />
        <PatternsAt />
      </FormSection>
      <DocumentPart />
    </>
  );
}

/** Patterns may have spaces and commas in them, so each has a line. */
function PatternsAt() {
  const [patterns = [], change] = useAt<string[]>('capture.redact_patterns');
  const [text, setText] = useState(() => patterns.join('\n'));
  return (
    <FieldAt
      path="capture.redact_patterns"
      label={t('apis.capture.patterns')}
      hint={t('apis.capture.patterns.hint')}
      optional
    >
      <Textarea
        mono
        rows={3}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          const lines = event.target.value.split('\n').filter((line) => line !== '');
          change(lines.length === 0 ? undefined : lines);
        }}
      />
    </FieldAt>
  );
}

function DocumentPart() {
  const [document, change] = useAt<{ info?: { title?: string; version?: string } }>('openapi');
  if (!document) return null;
  return (
    <FormSection title={t('apis.group.document')}>
      <p className="text-sm text-ink-soft">
        {t('apis.document', {
          title: document.info?.title ?? '',
          version: document.info?.version ?? '',
        })}
      </p>
      <div>
        <Button size="sm" onClick={() => change(undefined)}>
          {t('apis.document.remove')}
        </Button>
      </div>
    </FormSection>
  );
}
