import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { t } from '../messages/messages';
import { FormSection, NamedAt, NameField, Row, TextAt, useAt } from '../resources/form';
import { RowErrors } from '../resources/RowErrors';
import { resourcesQuery } from '../resources/resource';
import { SecretDialog } from '../secrets/SecretDialog';
import { useCan, useTeamName } from '../session/session';
import { Button } from '../ui/Button';
import { ChoiceCards } from '../ui/Choices';
import { Disclosure } from '../ui/Disclosure';
import { type Auth, authKind, authKinds, withKind } from './auth';

/** The fields of a connection. */
export function ConnectionForm({ problem }: { problem: unknown }) {
  const [auth, change] = useAt<Auth>('auth');
  const kind = authKind(auth);
  return (
    <>
      <FormSection title={t('connections.section.about')}>
        <NameField />
        <TextAt
          path="description"
          label={t('resources.description')}
          hint={t('resources.description.hint')}
          lines={2}
          optional
        />
      </FormSection>
      <FormSection title={t('connections.section.origin')} text={t('connections.section.origin.text')}>
        <TextAt
          path="origin"
          label={t('connections.origin')}
          hint={t('connections.origin.hint')}
          placeholder="https://crm.example"
          mono
          required
        />
      </FormSection>
      <FormSection title={t('connections.section.auth')} text={t('connections.section.auth.text')}>
        <ChoiceCards
          label={t('connections.auth')}
          value={kind}
          onChange={(next) => change(next === 'none' ? undefined : withKind(auth, next))}
          choices={authKinds.map((value) => ({
            value,
            label: t(`connections.auth.${value}`),
            text: t(`connections.auth.${value}.text`),
          }))}
          className="sm:grid-cols-2"
        />
        {kind === 'header' && (
          <Row>
            <TextAt path="auth.header.name" label={t('connections.header')} mono required />
            <TextAt
              path="auth.header.prefix"
              label={t('connections.prefix')}
              hint={t('connections.prefix.hint')}
              mono
              optional
            />
          </Row>
        )}
        {kind === 'basic' && (
          <TextAt path="auth.basic.username" label={t('connections.username')} mono required />
        )}
        {kind === 'query' && (
          <TextAt path="auth.query.name" label={t('connections.parameter')} mono required />
        )}
        {kind !== 'none' && <SecretAt path={`auth.${kind}.secret`} label={t('connections.secret')} />}
        <RowErrors path="auth" />
      </FormSection>
      <Disclosure title={t('resources.advanced')} text={t('connections.advanced.text')} errors={problem}>
        <FormSection title={t('connections.clientCertificate')}>
          <SecretAt
            path="client_certificate"
            label={t('connections.secret')}
            hint={t('connections.clientCertificate.hint')}
            optional
          />
        </FormSection>
      </Disclosure>
    </>
  );
}

interface SecretAtProps {
  path: string;
  label: string;
  hint?: string;
  optional?: boolean;
}

/** Names a secret, or enters a new one on the spot. */
function SecretAt({ path, ...field }: SecretAtProps) {
  const team = useTeamName();
  const can = useCan();
  const [, change] = useAt<string>(path);
  const [entering, setEntering] = useState(false);
  const secrets = useQuery({ ...resourcesQuery('secrets', team), enabled: can('keyward:secrets.read') });
  return (
    <>
      <NamedAt
        path={path}
        {...field}
        names={secrets.data?.map(({ name, spec }) => ({
          value: name,
          label: name,
          hint: spec.description,
        }))}
        action={
          can('keyward:secrets.write') && (
            <Button icon={<Plus className="size-3.5" aria-hidden />} onClick={() => setEntering(true)}>
              {t('connections.newSecret')}
            </Button>
          )
        }
      />
      {entering && <SecretDialog onClose={() => setEntering(false)} onSaved={({ name }) => change(name)} />}
    </>
  );
}
