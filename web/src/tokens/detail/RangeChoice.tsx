import { useNavigate } from '@tanstack/react-router';
import { t } from '../../messages/messages';
import { Segments } from '../../ui/Choices';
import { type Range, ranges } from '../search';

/** How far to look back; in the address. */
export function RangeChoice({ range }: { range: Range }) {
  const navigate = useNavigate();
  return (
    <Segments<Range>
      label={t('tokens.usage.range')}
      value={range}
      onChange={(next) =>
        void navigate({
          to: '.',
          search: (before) => ({ ...before, range: next }),
          replace: true,
        })
      }
      choices={ranges.map((value) => ({ value, label: t(`tokens.range.${value}`) }))}
    />
  );
}

export const hoursOf: Record<Range, number> = { '24h': 24, '7d': 168, '30d': 720 };
