import type { LinkProps } from '@tanstack/react-router';
import { t } from '../../messages/messages';
import { Button, ButtonLink } from '../../ui/Button';

interface SaveActionsProps {
  busy: boolean;
  /** Whether anything would change. */
  ready: boolean;
  back: LinkProps;
  /** Throws away what was typed; none where nothing was. */
  onDiscard?: () => void;
}

export function SaveActions({ busy, ready, back, onDiscard }: SaveActionsProps) {
  return (
    <div>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" tone="primary" busy={busy} disabled={!ready} className="flex-1">
          {t('tokens.edit.save')}
        </Button>
        <ButtonLink {...back}>{t('ui.cancel')}</ButtonLink>
        {onDiscard && (
          <Button tone="quiet" onClick={onDiscard}>
            {t('tokens.edit.discard')}
          </Button>
        )}
      </div>
      <p className="mt-2 text-xs text-ink-faint">{t('tokens.edit.proof')}</p>
    </div>
  );
}
