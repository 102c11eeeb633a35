import { t } from '../messages/messages';
import { CheckAt, FormSection, NameField, TagsAt, TextAt } from '../resources/form';
import { LimitsAt } from '../resources/LimitsAt';
import { PairsAt } from '../resources/PairsAt';
import { useScopeChoices } from '../resources/scopes';

/** The fields of an app. */
export function AppForm() {
  const scopes = useScopeChoices();
  return (
    <>
      <FormSection title={t('apps.section.about')}>
        <TextAt path="title" label={t('resources.title')} hint={t('resources.title.hint')} />
        <NameField />
        <TextAt
          path="description"
          label={t('resources.description')}
          hint={t('resources.description.hint')}
          lines={2}
          optional
        />
      </FormSection>
      <FormSection title={t('apps.section.scopes')} text={t('apps.section.scopes.text')}>
        <TagsAt
          path="scopes"
          label={t('apps.scopes')}
          hint={t('apps.scopes.hint')}
          placeholder="orders:read"
          suggestions={scopes}
          mono
        />
      </FormSection>
      <FormSection title={t('apps.section.limits')} text={t('apps.section.limits.text')}>
        <LimitsAt path="limits" />
      </FormSection>
      <FormSection title={t('apps.section.labels')} text={t('apps.section.labels.text')}>
        <PairsAt
          path="labels"
          names={[t('apps.label.key'), t('apps.label.value')]}
          placeholders={['owner', 'finance']}
          add={t('apps.label.add')}
          most={32}
          mono
        />
      </FormSection>
      <FormSection title={t('apps.section.state')}>
        <CheckAt path="disabled" label={t('apps.disabled')} hint={t('apps.disabled.hint')} />
      </FormSection>
    </>
  );
}

/** A name made of a title: "Web shop" is `web-shop`. */
export function nameFrom(title: string | undefined): string {
  return (title ?? '')
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9._ -]/g, '')
    .trim()
    .replace(/ +/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 63);
}
