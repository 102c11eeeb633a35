import { useRef } from 'react';
import { fieldErrorText } from '../api/problem';
import { t } from '../messages/messages';
import { T } from '../messages/T';
import { useErrorsAt } from '../resources/errors';
import { CheckAt, FormSection, NameField, TextAt, useAt } from '../resources/form';
import { RowErrors } from '../resources/RowErrors';
import { Button } from '../ui/Button';
import { ChoiceCards } from '../ui/Choices';
import { Mono } from '../ui/Code';
import { CodeArea, goTo } from '../ui/CodeArea';
import { Field } from '../ui/Field';
import { type AppliesTo, examples, markOf, vocabulary } from './cedar';

/** The fields of a policy, with its text up front. */
export function PolicyForm() {
  const [appliesTo = 'calls', setAppliesTo] = useAt<AppliesTo>('applies_to');
  return (
    <>
      <FormSection title={t('policies.section.about')}>
        <NameField />
        <TextAt
          path="description"
          label={t('resources.description')}
          hint={t('resources.description.hint')}
          optional
        />
        <div className="flex flex-col gap-1.5">
          <p className="text-sm font-medium">{t('policies.appliesTo')}</p>
          <ChoiceCards<AppliesTo>
            label={t('policies.appliesTo')}
            value={appliesTo}
            onChange={(next) => setAppliesTo(next === 'calls' ? undefined : next)}
            choices={(['calls', 'people'] as const).map((value) => ({
              value,
              label: t(`policies.appliesTo.${value}`),
              text: t(`policies.appliesTo.${value}.text`),
            }))}
            className="sm:grid-cols-2"
          />
        </div>
        <RowErrors path="applies_to" />
      </FormSection>
      <FormSection title={t('policies.section.text')} text={<Words appliesTo={appliesTo} />}>
        <CedarAt appliesTo={appliesTo} />
      </FormSection>
      <FormSection title={t('resources.state')}>
        <CheckAt path="disabled" label={t('policies.disabled')} hint={t('policies.disabled.hint')} />
      </FormSection>
    </>
  );
}

function CedarAt({ appliesTo }: { appliesTo: AppliesTo }) {
  const [text = '', change] = useAt<string>('cedar');
  const errors = useErrorsAt('cedar');
  const area = useRef<HTMLTextAreaElement>(null);
  const marks = errors.flatMap((error) => markOf(error) ?? []);
  return (
    <div className="flex flex-col gap-2">
      {text.trim() === '' && (
        <div className="flex flex-wrap items-center gap-2 text-sm text-ink-faint">
          {t('policies.examples')}
          {examples[appliesTo].map(({ label, cedar }) => (
            <Button key={label} size="sm" onClick={() => change(cedar)}>
              {t(`policies.example.${label}`)}
            </Button>
          ))}
        </div>
      )}
      <Field
        label={t('policies.cedar')}
        errors={errors}
        hint={
          appliesTo === 'calls' && <T id="policies.advice" values={{ c: (parts) => <Mono>{parts}</Mono> }} />
        }
      >
        <CodeArea value={text} onChange={change} marks={marks} area={area} minLines={14} />
      </Field>
      {errors.map((error) => {
        const mark = markOf(error);
        if (!mark) return null;
        return (
          <div key={fieldErrorText(error)}>
            <Button size="sm" onClick={() => goTo(area.current, mark)}>
              {t('policies.goTo', { line: mark.line, column: mark.column })}
            </Button>
          </div>
        );
      })}
    </div>
  );
}

function Words({ appliesTo }: { appliesTo: AppliesTo }) {
  const words = vocabulary[appliesTo];
  return (
    <span className="flex flex-col gap-3">
      {t('policies.section.text.text')}
      <span className="flex flex-col gap-2 max-lg:hidden">
        {(['principal', 'action', 'resource', 'context'] as const).map((part) => (
          <span key={part}>
            <span className="block text-xs text-ink-faint">
              <Mono>{part}</Mono> {t(`policies.words.${part}`)}
            </span>
            {words[part].map((word) => (
              <Mono key={word} className="block truncate text-xs">
                {word}
              </Mono>
            ))}
          </span>
        ))}
      </span>
    </span>
  );
}
