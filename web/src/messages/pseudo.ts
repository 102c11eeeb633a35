import { type MessageFormatElement, TYPE } from '@formatjs/icu-messageformat-parser';

const accents: Record<string, string> = {
  a: 'á',
  b: 'ƀ',
  c: 'ç',
  d: 'đ',
  e: 'é',
  f: 'ƒ',
  g: 'ĝ',
  h: 'ĥ',
  i: 'í',
  j: 'ĵ',
  k: 'ķ',
  l: 'ļ',
  m: 'ɱ',
  n: 'ñ',
  o: 'ó',
  p: 'þ',
  q: 'ǫ',
  r: 'ŕ',
  s: 'š',
  t: 'ţ',
  u: 'ú',
  v: 'ṽ',
  w: 'ŵ',
  x: 'ẋ',
  y: 'ý',
  z: 'ž',
};
const override = '\u202e';
const popOverride = '\u202c';

/** Makes a message of the pseudo-locale from an English one: accented, longer, and written from right to left. */
export function pseudo(elements: MessageFormatElement[]): MessageFormatElement[] {
  return elements.map((element) => {
    switch (element.type) {
      case TYPE.literal:
        return { ...element, value: disguised(element.value) };
      case TYPE.plural:
      case TYPE.select:
        return {
          ...element,
          options: Object.fromEntries(
            Object.entries(element.options).map(([key, option]) => [
              key,
              { ...option, value: pseudo(option.value) },
            ]),
          ),
        } as MessageFormatElement;
      case TYPE.tag:
        return { ...element, children: pseudo(element.children) };
      default:
        return element;
    }
  });
}

function disguised(text: string): string {
  if (text.trim() === '') return text;
  const accented = text.replace(/[a-z]/g, (letter) => accents[letter] ?? letter);
  return `${override}${accented.replace(/[áéíóú]/g, (vowel) => vowel + vowel)}${popOverride}`;
}
