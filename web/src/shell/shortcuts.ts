import { useEffect, useRef } from 'react';

export interface Shortcut {
  /** One key, `mod+k`, or two keys one after the other: `g t`. */
  keys: string;
  label: string;
  group: string;
  run: () => void;
}

const registered = new Map<symbol, { current: Shortcut }>();
let first: { key: string; at: number } | undefined;

interface ShortcutOptions {
  label: string;
  group: string;
  when?: boolean;
}

/** A key that does something while the component is there. It is listed in the help on `?`. */
export function useShortcut(
  keys: string,
  run: () => void,
  { label, group, when = true }: ShortcutOptions,
): void {
  const shortcut = useRef<Shortcut>({ keys, run, label, group });
  shortcut.current = { keys, run, label, group };
  useEffect(() => {
    if (!when) return;
    const id = Symbol(shortcut.current.keys);
    registered.set(id, shortcut);
    return () => void registered.delete(id);
  }, [when]);
}

/** All that can be pressed now, the latest first where two want the same keys. */
export function shortcutsNow(): Shortcut[] {
  const seen = new Map<string, Shortcut>();
  for (const { current } of [...registered.values()].reverse()) {
    if (!seen.has(current.keys)) seen.set(current.keys, current);
  }
  return [...seen.values()].reverse();
}

/** Listens for them, once for the whole page. */
export function listenForShortcuts(): () => void {
  const pressed = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || event.repeat) return;
    const mod = event.metaKey || event.ctrlKey;
    if (!mod && (isTyping(event.target) || isInDialog())) return;
    if (event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const now = Date.now();
    const pair = first && now - first.at < 1200 ? `${first.key} ${key}` : undefined;
    const all = shortcutsNow();
    const found = mod
      ? all.find(({ keys }) => keys === `mod+${key}`)
      : (all.find(({ keys }) => keys === pair) ?? all.find(({ keys }) => keys === key));
    first = mod || found ? undefined : { key, at: now };
    if (!found) return;
    event.preventDefault();
    found.run();
  };
  window.addEventListener('keydown', pressed);
  return () => window.removeEventListener('keydown', pressed);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** A toast calls itself a dialog, too, and stops nobody. */
function isInDialog(): boolean {
  const kinds =
    '[role="dialog"]:not([aria-modal="false"]), [role="alertdialog"], [role="menu"], [role="listbox"]';
  // The choices of a field that the focus went past are in the document, closed.
  return document.querySelector(`:is(${kinds}):not([data-closed])`) !== null;
}

const apple = /Mac|iPhone|iPad/.test(navigator.platform);

/** Keys as they stand on the keyboard: `mod+k` is ⌘ K or Ctrl K. */
export function keyCaps(keys: string): string[] {
  return keys
    .split(/[ +]/)
    .map((key) => (key === 'mod' ? (apple ? '⌘' : 'Ctrl') : key.length === 1 ? key.toUpperCase() : key));
}
