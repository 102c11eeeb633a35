import { useEffect } from 'react';

/**
 * Where something that had the focus has gone, who uses the keyboard would begin again at the top of the window. Puts
 * the focus on the row of the list one stood on, or on the title of the page, unless it has found a place already.
 */
export function recoverFocus(): void {
  requestAnimationFrame(() => {
    if (document.activeElement !== document.body) return;
    const place = document.querySelector<HTMLElement>('main tbody tr[tabindex="0"]');
    (place ?? document.querySelector<HTMLElement>('main h1'))?.focus({ preventScroll: true });
  });
}

/** In what comes and goes over a page: sees to it that its going takes no focus along. */
export function ReturnsFocus(): null {
  useEffect(() => recoverFocus, []);
  return null;
}
