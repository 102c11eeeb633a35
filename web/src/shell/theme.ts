import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark' | 'system';

const storageKey = 'keyward.theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();
let state = stateOf(stored());

interface ThemeState {
  chosen: Theme;
  dark: boolean;
}

function stored(): Theme {
  try {
    const value = localStorage.getItem(storageKey);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

function stateOf(chosen: Theme): ThemeState {
  return { chosen, dark: chosen === 'dark' || (chosen === 'system' && system.matches) };
}

function apply(chosen: Theme): void {
  state = stateOf(chosen);
  document.documentElement.dataset.theme = state.dark ? 'dark' : 'light';
  for (const listener of listeners) listener();
}

/** Called before the first paint. */
export function startTheme(): void {
  apply(state.chosen);
  system.addEventListener('change', () => apply(state.chosen));
}

export function chooseTheme(theme: Theme): void {
  try {
    localStorage.setItem(storageKey, theme);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  apply(theme);
}

export function useTheme(): ThemeState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}
