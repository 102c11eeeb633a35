import { FlaskConical } from 'lucide-react';
import { t } from '../messages/messages';
import { useSession } from './session';

/** On every page of a demonstration. */
export function DemoBanner() {
  const { demo } = useSession();
  if (!demo) return null;
  return (
    <aside
      aria-label={t('places.demo.title')}
      className="flex flex-wrap items-center gap-x-2 bg-warning-soft px-4 py-1.5 text-sm text-warning sm:px-6"
    >
      <FlaskConical className="size-4 shrink-0" aria-hidden />
      <strong className="font-medium">{t('places.demo.title')}</strong>
      <span className="min-w-0">{t('places.demo.text')}</span>
    </aside>
  );
}
