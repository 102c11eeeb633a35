import { t } from '../messages/messages';
import { Badge, Status, type Tone } from '../ui/Badge';
import { defaultLifecycle, type Lifecycle } from './search';

const lifecycleTones: Record<Lifecycle, Tone> = {
  draft: 'neutral',
  published: 'allowed',
  deprecated: 'warning',
  retired: 'neutral',
};

export function LifecycleWord({ lifecycle = defaultLifecycle }: { lifecycle?: Lifecycle }) {
  return (
    <Status tone={lifecycleTones[lifecycle]} hollow={lifecycle === 'draft' || lifecycle === 'retired'}>
      {t(`apis.lifecycle.${lifecycle}`)}
    </Status>
  );
}

/** The methods of a route. */
export function Methods({ methods }: { methods: readonly string[] }) {
  return (
    <span className="flex flex-wrap gap-1">
      {methods.map((method) => (
        <Badge key={method} mono>
          {method}
        </Badge>
      ))}
    </span>
  );
}

/** A path with its parameters set apart. */
export function PathText({ path }: { path: string }) {
  return (
    <span dir="ltr" className="font-mono text-xs">
      {path.split(/(\{[^}]*\})/).map((part, index) =>
        part.startsWith('{') ? (
          // The parts of a path never change places.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <span key={index} className="text-accent-ink">
            {part}
          </span>
        ) : (
          part
        ),
      )}
    </span>
  );
}
