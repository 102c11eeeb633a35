import { Fragment, type ReactNode } from 'react';
import { formatOf, type MessageId } from './messages';

type RichValue = ReactNode | Date | ((parts: ReactNode) => ReactNode);

/** A message with elements in it: `<T id="…" values={{ b: (parts) => <strong>{parts}</strong> }} />`. */
export function T({ id, values }: { id: MessageId; values?: Record<string, RichValue> }) {
  const parts = formatOf(id).format<ReactNode>(values as Record<string, never>);
  if (!Array.isArray(parts)) return <>{parts as ReactNode}</>;
  // The parts of a message never change places.
  // biome-ignore lint/suspicious/noArrayIndexKey: see above
  return parts.map((part, index) => <Fragment key={index}>{part}</Fragment>);
}
