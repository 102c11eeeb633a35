import { createContext, useContext } from 'react';
import { t } from '../messages/messages';

/** Whether one is inside a dialog, which keeps its popups to itself. */
export const InDialog = createContext(false);

let landmark: HTMLElement | undefined;

/** Where popups are put: in a landmark of their own, so that whoever goes by landmarks finds them. */
export function usePopupContainer(): HTMLElement | undefined {
  if (useContext(InDialog)) return undefined;
  if (!landmark) {
    landmark = document.createElement('section');
    landmark.setAttribute('aria-label', t('ui.popups'));
    document.body.append(landmark);
  }
  return landmark;
}
