import type { MessageFormatElement } from '@formatjs/icu-messageformat-parser';
import IntlMessageFormat from 'intl-messageformat';

/** A message as the build leaves it: plain text, or its parsed elements. */
type Message = string | MessageFormatElement[];

const messages = new Map<string, Message>();
const formats = new Map<string, IntlMessageFormat>();

/** Called by each file of messages when it is loaded. */
export function add(more: Record<string, Message>): void {
  for (const [id, message] of Object.entries(more)) {
    messages.set(id, message);
    formats.delete(id);
  }
}

/** Whether a message of this id is loaded. */
export function has(id: string): boolean {
  return messages.has(id);
}

/** The format of a message; `change` is applied to its elements, as for the pseudo-locale. */
export function formatOf(
  id: string,
  language: string,
  change?: (elements: MessageFormatElement[]) => MessageFormatElement[],
): IntlMessageFormat {
  let format = formats.get(id);
  if (!format) {
    const message = messages.get(id);
    if (message === undefined) throw new Error(`the message ${id} is not loaded`);
    const elements: MessageFormatElement[] =
      typeof message === 'string' ? [{ type: 0, value: message }] : message;
    format = new IntlMessageFormat(change ? change(elements) : elements, language);
    formats.set(id, format);
  }
  return format;
}
