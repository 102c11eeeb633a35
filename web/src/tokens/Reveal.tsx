import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Copy, Eye, EyeOff } from 'lucide-react';
import { useRef, useState } from 'react';
import { apisQuery } from '../apis/queries';
import { t } from '../messages/messages';
import { useAfter, useIsFirstStep } from '../shell/first-steps';
import { Button } from '../ui/Button';
import { copyText } from '../ui/CopyButton';
import { Confirm } from '../ui/Dialog';
import { useLeaveGuard } from '../ui/draft';
import { Page, Section } from '../ui/Page';
import { type Kept, ShownOnce } from '../ui/ShownOnce';
import { HowToUse } from './HowToUse';
import type { Token } from './queries';
import { masked } from './snippets';
import { TestCall } from './TestCall';
import { trialRoutes } from './test-call';

interface RevealProps {
  team: string;
  token: Token;
  /** Lives in the state of the page that asked for it, and nowhere else. */
  secret: string;
}

/** Shows a secret, this once. */
export function Reveal({ team, token, secret }: RevealProps) {
  const navigate = useNavigate();
  const after = useAfter(team);
  const isStep = useIsFirstStep();
  const apis = useQuery(apisQuery(team));
  const [shown, setShown] = useState(false);
  const [copied, setCopied] = useState<Kept>('no');
  const [stored, setStored] = useState(false);
  const text = useRef<HTMLElement>(null);
  const guard = useLeaveGuard(copied !== 'yes' && !stored);
  const routes = trialRoutes(apis.data ?? [], token);

  async function copy() {
    if (await copyText(secret)) return setCopied('yes');
    setCopied('failed');
    setShown(true);
    // Marked, so that one keystroke copies it.
    requestAnimationFrame(() => text.current && getSelection()?.selectAllChildren(text.current));
  }

  function leave() {
    setStored(true);
    requestAnimationFrame(
      () => void navigate(after({ to: '/teams/$team/tokens/$token', params: { team, token: token.id } })),
    );
  }

  return (
    <Page
      title={t('tokens.reveal.title')}
      text={
        token.status === 'pending'
          ? `${t('tokens.reveal.text')} ${t('tokens.reveal.pending')}`
          : t('tokens.reveal.text')
      }
      width="text"
      actions={
        <Button onClick={leave}>
          {t(copied !== 'yes' ? 'tokens.reveal.done' : isStep ? 'tokens.reveal.steps' : 'tokens.reveal.open')}
        </Button>
      }
    >
      <div className="mb-8 rounded-lg border border-line-strong bg-canvas p-4">
        <h2 className="mb-2 text-sm font-medium break-words">{token.name}</h2>
        <div className="flex flex-wrap items-center gap-2">
          <code
            ref={text}
            onCopy={() => shown && setCopied('yes')}
            className="min-h-8 min-w-0 flex-1 basis-72 rounded-md border bg-surface px-2.5 py-1.5 font-mono text-sm leading-5 break-all select-all"
          >
            {shown ? secret : masked(secret)}
          </code>
          <div className="flex gap-2">
            <Button
              aria-pressed={shown}
              icon={
                shown ? <EyeOff className="size-4" aria-hidden /> : <Eye className="size-4" aria-hidden />
              }
              onClick={() => setShown(!shown)}
            >
              {t(shown ? 'tokens.reveal.hide' : 'tokens.reveal.show')}
            </Button>
            <Button tone="primary" icon={<Copy className="size-4" aria-hidden />} onClick={() => void copy()}>
              {t('ui.copy.what', { what: t('tokens.reveal.token') })}
            </Button>
          </div>
        </div>
        <div className="mt-2">
          <ShownOnce
            state={copied}
            not={t('tokens.reveal.notCopied')}
            done={t('tokens.reveal.copied')}
            failed={t('tokens.reveal.failed')}
          />
        </div>
      </div>
      <Section title={t('tokens.reveal.use')}>
        <HowToUse secret={secret} shown={shown} route={routes[0]} onCopied={() => setCopied('yes')} />
      </Section>
      <Section title={t('tokens.reveal.test')} text={t('tokens.reveal.test.text')}>
        <TestCall team={team} secret={secret} routes={routes} />
      </Section>
      <Confirm
        open={guard.asking}
        title={t('tokens.reveal.leave.title')}
        text={t('tokens.reveal.leave.text')}
        cancel={t('ui.leave.stay')}
        onCancel={guard.stay}
        confirm={
          <Button tone="danger" onClick={guard.leave}>
            {t('tokens.reveal.leave.leave')}
          </Button>
        }
      />
    </Page>
  );
}
