/** Whether every word that was typed begins a word of the text. */
export function fits(text: string, typed: string): boolean {
  const words = text.toLowerCase().split(/[\s:.,/_-]+/);
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((part) => part === '' || words.some((word) => word.startsWith(part)));
}
