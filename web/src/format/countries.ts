import { language } from '../messages/messages';

const names = new Intl.DisplayNames(language, { type: 'region', fallback: 'none' });
const notCountries = ['EU', 'EZ', 'UN', 'ZZ', 'XA', 'XB', 'QO', 'CQ', 'AC', 'CP', 'DG', 'EA', 'IC', 'TA'];

/** The name of a country by its two letters, or these. */
export function country(code: string): string {
  return /^[A-Z]{2}$/.test(code) ? (names.of(code) ?? code) : code;
}

/** All countries, by name. */
export function countries(): { value: string; label: string }[] {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  return letters
    .flatMap((first) => letters.map((second) => first + second))
    .filter((code) => !notCountries.includes(code) && names.of(code) !== undefined)
    .filter((code) => Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`)
    .map((code) => ({ value: code, label: country(code) }))
    .sort((a, b) => a.label.localeCompare(b.label));
}
