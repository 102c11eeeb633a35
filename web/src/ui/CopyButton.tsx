import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { t } from '../messages/messages';
import { Button, IconButton } from './Button';
import { toast } from './toast';

/** Puts text on the clipboard; false when the browser would not. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

interface CopyButtonProps {
  text: string;
  /** What is copied, for the label: "Copy token id". */
  what: string;
  /** With words beside the icon. */
  words?: boolean;
  tone?: 'primary' | 'plain' | 'quiet';
  size?: 'sm' | 'md';
  onCopied?: () => void;
}

/** Says for two seconds that it worked, and says so when it did not. */
export function CopyButton({ text, what, words, tone = 'quiet', size = 'sm', onCopied }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);

  async function copy() {
    const done = await copyText(text);
    setCopied(done);
    if (done) onCopied?.();
    else toast({ title: t('ui.copy.failed'), text: t('ui.copy.failed.text'), tone: 'refused' });
  }

  const icon = copied ? <Check className="size-4" aria-hidden /> : <Copy className="size-4" aria-hidden />;
  return (
    <>
      {words ? (
        <Button tone={tone} size={size} icon={icon} onClick={copy}>
          {copied ? t('ui.copied') : t('ui.copy.what', { what })}
        </Button>
      ) : (
        <IconButton label={t('ui.copy.what', { what })} tone={tone} size={size} onClick={copy}>
          {icon}
        </IconButton>
      )}
      <span role="status" className="sr-only">
        {copied ? t('ui.copied') : ''}
      </span>
    </>
  );
}
