import { useState } from 'react';
import { t } from '../messages/messages';
import { useSession } from '../session/session';
import { Code } from '../ui/Code';
import { TabPanel, Tabs } from '../ui/Tabs';
import { environmentLine, type Language, languageNames, languages, masked, snippet } from './snippets';
import type { TrialRoute } from './test-call';

interface HowToUseProps {
  secret: string;
  shown: boolean;
  route?: TrialRoute;
  /** Called when the secret itself was copied. */
  onCopied: () => void;
}

/** The token in an environment, and programs that find it there. */
export function HowToUse({ secret, shown, route, onCopied }: HowToUseProps) {
  const [tab, setTab] = useState<Language>('curl');
  const gateway = useSession().gateway_url;
  const url = `${gateway}${route?.path ?? '/'}`;
  return (
    <>
      <Tabs
        label={t('tokens.reveal.tabs')}
        value={tab}
        onChange={setTab}
        tabs={languages.map((value) => ({
          value,
          label: value === 'env' ? t('tokens.reveal.env') : languageNames[value],
        }))}
      >
        {languages.map((language) => (
          <TabPanel key={language} value={language} className="pt-3">
            {language === 'env' ? (
              <Code
                text={environmentLine(shown ? secret : masked(secret))}
                copies={environmentLine(secret)}
                what={t('tokens.reveal.env')}
                onCopied={onCopied}
                wrap
              />
            ) : (
              <Code
                text={snippet(language, { method: route?.method ?? 'GET', url })}
                what={t('tokens.reveal.code')}
              />
            )}
          </TabPanel>
        ))}
      </Tabs>
      <p className="mt-2 text-sm text-ink-faint">{t('tokens.reveal.gateway', { origin: gateway })}</p>
    </>
  );
}
