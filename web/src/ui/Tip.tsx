import { Tooltip } from '@base-ui/react/tooltip';
import type { ReactElement, ReactNode } from 'react';

const handle = Tooltip.createHandle<ReactNode>();

/** A word on hover and focus. `children` is one element that can have the focus, or is made so. */
export function Tip({ text, children }: { text: ReactNode; children: ReactElement }) {
  return <Tooltip.Trigger handle={handle} payload={text} delay={300} render={children} />;
}

/** Stands once in the page and shows whichever tip is asked for. */
export function Tips() {
  return (
    <Tooltip.Root handle={handle}>
      {({ payload }) => (
        <Tooltip.Portal>
          <Tooltip.Positioner sideOffset={6} className="z-50">
            <Tooltip.Popup className="max-w-72 rounded-md bg-ink px-2 py-1 text-xs text-surface shadow-raised">
              {payload}
            </Tooltip.Popup>
          </Tooltip.Positioner>
        </Tooltip.Portal>
      )}
    </Tooltip.Root>
  );
}
