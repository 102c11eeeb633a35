import { t } from '../messages/messages';
import {
  CheckAt,
  FieldAt,
  FormSection,
  NumberAt,
  PartAt,
  Row,
  SelectAt,
  TextAt,
  useAt,
} from '../resources/form';
import { LimitsAt } from '../resources/LimitsAt';
import { useSession } from '../session/session';
import { Input } from '../ui/Field';
import { ZoneAt } from './ZoneAt';

/** The fields of a team's settings. */
export function TeamForm() {
  return (
    <>
      <FormSection title={t('settings.section.about')}>
        <TextAt path="title" label={t('settings.title.field')} hint={t('settings.title.hint')} />
        <ZoneAt path="zone" label={t('settings.zone')} hint={t('settings.zone.hint')} />
      </FormSection>
      <FormSection title={t('settings.section.tokens')} text={t('settings.section.tokens.text')}>
        <Prefix />
        <NumberAt
          path="tokens.default_lifetime_days"
          label={t('settings.lifetime')}
          hint={t('settings.lifetime.hint')}
          unit={t('settings.days')}
          fallback={30}
        />
        <CheckAt
          path="tokens.allow_never_expiring"
          label={t('settings.never')}
          hint={t('settings.never.hint')}
        />
        <CheckAt
          path="tokens.require_approval"
          label={t('settings.approval')}
          hint={t('settings.approval.hint')}
        />
        <PartAt
          path="tokens.maximum_age"
          label={t('settings.age')}
          hint={t('settings.age.hint')}
          initial={{ days: 90, grace_days: 14, after_deadline: 'warn' }}
        >
          <Row>
            <NumberAt
              path="tokens.maximum_age.days"
              label={t('settings.age.days')}
              unit={t('settings.days')}
            />
            <NumberAt
              path="tokens.maximum_age.grace_days"
              label={t('settings.age.grace')}
              unit={t('settings.days')}
              fallback={14}
            />
          </Row>
          <SelectAt<'warn' | 'disable'>
            path="tokens.maximum_age.after_deadline"
            className="max-w-80"
            label={t('settings.age.after')}
            fallback="warn"
            choices={[
              { value: 'warn', label: t('settings.age.warn') },
              { value: 'disable', label: t('settings.age.disable') },
            ]}
          />
        </PartAt>
      </FormSection>
      <FormSection title={t('settings.section.people')} text={t('settings.section.people.text')}>
        <SecondFactorRule />
      </FormSection>
      <FormSection title={t('settings.section.retention')} text={t('settings.section.retention.text')}>
        <Row>
          <NumberAt
            path="retention.calls_days"
            label={t('settings.calls')}
            unit={t('settings.days')}
            fallback={30}
          />
          <NumberAt
            path="retention.dead_tokens_days"
            label={t('settings.deadTokens')}
            unit={t('settings.days')}
            fallback={90}
          />
        </Row>
      </FormSection>
      <FormSection title={t('settings.limits')} text={t('settings.limits.text')}>
        <LimitsAt path="limits" />
      </FormSection>
    </>
  );
}

function Prefix() {
  const [value = '', change] = useAt<string>('token_prefix');
  return (
    <FieldAt path="token_prefix" label={t('settings.prefix')} hint={t('settings.prefix.hint')}>
      <Input mono className="max-w-44" value={value} onChange={(event) => change(event.target.value)} />
    </FieldAt>
  );
}

/** Says beforehand whom the rule would leave outside, first of all whoever is about to set it. */
function SecondFactorRule() {
  const [on] = useAt<boolean>('members.require_second_factor');
  const { second_factor } = useSession();
  return (
    <div className="flex flex-col gap-2">
      <CheckAt
        path="members.require_second_factor"
        label={t('settings.secondFactor')}
        hint={t('settings.secondFactor.hint')}
      />
      {on && !second_factor.at && (
        <p className="ps-6 text-sm text-warning">
          {t(second_factor.methods.length > 0 ? 'settings.secondFactor.prove' : 'settings.secondFactor.own')}
        </p>
      )}
    </div>
  );
}
