import { navigation } from './navigation';

/**
 * What a page of a team is of no use without, by the path of its route: a form wants the right to change what it is
 * for, other pages what their place in the navigation wants.
 */
export function rightFor(path: string): string | undefined {
  const [noun = '', ...below] = path.split('/').slice(3);
  if (/^(new|import|edit|rotate)$/.test(below.at(-1) ?? '')) return `keyward:${noun}.write`;
  const place = navigation.flatMap(({ items }) => items).find(({ to }) => to === `/teams/$team/${noun}`);
  return place?.scope;
}
