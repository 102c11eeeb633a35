import { isObject, same } from './json';

/** Lists whose entries have a name of their own are compared entry by entry, others as a whole. */
const keys = ['name', 'url'];

export interface Change {
  /** The steps to the value. An entry of a list is `=` and its name. */
  path: string[];
  before: unknown;
  after: unknown;
}

/** What was changed between two values, in small pieces. */
export function changesBetween(before: unknown, after: unknown, path: string[] = []): Change[] {
  if (same(before, after)) return [];
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => changesBetween(before[name], after[name], [...path, name]));
  }
  const key = keyOf(before, after);
  if (key) {
    const old = byKey(before, key);
    const now = byKey(after, key);
    const changes = [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
      const place = [...path, `=${name}`];
      const [a, b] = [old.get(name), now.get(name)];
      return a === undefined || b === undefined
        ? [{ path: place, before: a, after: b }]
        : changesBetween(a, b, place);
    });
    // Only the order is another.
    if (changes.length > 0) return changes;
  }
  return [{ path, before, after }];
}

/** A value with one change made to it. */
export function withChange(value: unknown, { path: [step, ...rest], after }: Change): unknown {
  if (step === undefined) return after;
  if (step.startsWith('=')) {
    const list = Array.isArray(value) ? value : [];
    const name = step.slice(1);
    const place = list.findIndex((item) => isObject(item) && keys.some((key) => item[key] === name));
    if (place < 0) return after === undefined ? list : [...list, withChange(undefined, piece(rest, after))];
    const next = withChange(list[place], piece(rest, after));
    return next === undefined ? list.filter((_, index) => index !== place) : list.with(place, next);
  }
  const object = isObject(value) ? { ...value } : {};
  const next = withChange(object[step], piece(rest, after));
  if (next === undefined) delete object[step];
  else object[step] = next;
  return object;
}

function piece(path: string[], after: unknown): Change {
  return { path, before: undefined, after };
}

/** Whether two changes touch the same value, or one lies within the other. */
export function overlap(a: Change, b: Change): boolean {
  return a.path.every((step, index) => b.path[index] === undefined || b.path[index] === step);
}

/** `routes › list › cost` */
export function pathText(path: readonly string[]): string {
  return path.map((step) => step.replace(/^=/, '')).join(' › ');
}

function keyOf(before: unknown, after: unknown): string | undefined {
  if (!Array.isArray(before) || !Array.isArray(after)) return undefined;
  return keys.find((key) => [before, after].every((list) => hasKeys(list, key)));
}

function hasKeys(list: unknown[], key: string): boolean {
  const names = list.map((item) => (isObject(item) ? item[key] : undefined));
  return names.every((name) => typeof name === 'string') && new Set(names).size === names.length;
}

function byKey(list: unknown, key: string): Map<string, Record<string, unknown>> {
  return new Map((list as Record<string, unknown>[]).map((item) => [String(item[key]), item]));
}
