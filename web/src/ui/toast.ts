import type { ReactNode } from 'react';

export interface ToastOptions {
  title: ReactNode;
  text?: ReactNode;
  tone?: 'neutral' | 'refused';
  /** How to take back what was done. */
  undo?: () => void;
}

const waiting: ToastOptions[] = [];
let showing: ((toast: ToastOptions) => void) | undefined;
let wake: (() => void) | undefined;

/** Tells of something that happened and asks for nothing. Failures of a form belong at its fields, not here. */
export function toast(options: ToastOptions): void {
  if (showing) showing(options);
  else {
    waiting.push(options);
    wake?.();
  }
}

/** Called when the first toast wants to be shown: what shows them is loaded then. */
export function onFirstToast(load: () => void): void {
  wake = load;
}

/** Says who shows toasts, who gets those that wait. */
export function showToastsWith(show: (toast: ToastOptions) => void): void {
  showing = show;
  for (const one of waiting.splice(0)) show(one);
}
