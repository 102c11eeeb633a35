import { Download } from 'lucide-react';
import { t } from '../messages/messages';
import { Button } from '../ui/Button';
import { Menu, MenuItem } from '../ui/Menu';
import type { CallFilter } from './filter';
import { exportUrl } from './queries';

/** All calls that fit as a file. The browser fetches it and says whether it came whole. */
export function ExportMenu({ team, filter }: { team: string; filter: CallFilter }) {
  return (
    <Menu trigger={<Button icon={<Download className="size-4" aria-hidden />}>{t('calls.export')}</Button>}>
      {(['csv', 'parquet'] as const).map((format) => (
        <MenuItem
          key={format}
          link={<a href={exportUrl(team, filter, format)} download={`calls-${team}.${format}`} />}
        >
          <span>
            {t(`calls.export.${format}`)}
            <span className="block text-xs text-ink-faint">{t(`calls.export.${format}.text`)}</span>
          </span>
        </MenuItem>
      ))}
    </Menu>
  );
}
