import type IntlMessageFormat from 'intl-messageformat';
import * as catalogue from './catalogue';
import type { MessageId } from './en';
import { pseudo } from './pseudo';

export type { MessageId } from './en';
export type Locale = 'en' | 'pseudo';

const storageKey = 'keyward.locale';

/** The pseudo-locale shows at a glance what is not a message, what has no room, and what ignores the direction. */
export const locale: Locale = storedLocale();
/** For `Intl`: which language's manners numbers and times have. */
export const language = 'en';
export const direction: 'ltr' | 'rtl' = locale === 'pseudo' ? 'rtl' : 'ltr';

function storedLocale(): Locale {
  try {
    return localStorage.getItem(storageKey) === 'pseudo' ? 'pseudo' : 'en';
  } catch {
    return 'en';
  }
}

/** Changes the language, for which the page is loaded anew. */
export function changeLocale(to: Locale): void {
  localStorage.setItem(storageKey, to);
  location.reload();
}

export function formatOf(id: MessageId): IntlMessageFormat {
  return catalogue.formatOf(id, language, locale === 'pseudo' ? pseudo : undefined);
}

export type Values = Record<string, string | number | bigint | boolean | Date | null | undefined>;

/** The text of a message. */
export function t(id: MessageId, values?: Values): string {
  return String(formatOf(id).format(values));
}

/** Whether there is a message of this id, for ids that are made from what the API says. */
export function hasMessage(id: string): id is MessageId {
  return catalogue.has(id);
}
