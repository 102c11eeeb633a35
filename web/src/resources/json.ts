export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
export type JsonObject = { [key: string]: Json | undefined };

/** `targets[0].url` as its parts. */
export function parts(path: string): string[] {
  return path.replace(/\[(\d+)\]/g, '.$1').split('.');
}

export function valueAt(root: unknown, path: string): unknown {
  return parts(path).reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? (value as JsonObject)[part] : undefined),
    root,
  );
}

/** A copy with another value at the path. `undefined` takes it away. */
export function withValueAt<T>(root: T, path: string, value: unknown): T {
  return change(root, parts(path), value) as T;
}

function change(before: unknown, [first, ...rest]: string[], value: unknown): unknown {
  if (first === undefined) return value;
  if (Array.isArray(before)) {
    const index = Number(first);
    return before.map((item, at) => (at === index ? change(item, rest, value) : item));
  }
  const object: Record<string, unknown> = isObject(before) ? { ...before } : {};
  const next = change(object[first], rest, value);
  if (next === undefined) delete object[first];
  else object[first] = next;
  return object;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without what says nothing: members that are absent, empty texts and empty objects. An empty list may mean “none”. */
export function tidy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(tidy) as T;
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, tidy(member)] as const)
      .filter(
        ([, member]) =>
          member !== undefined && member !== '' && !(isObject(member) && Object.keys(member).length === 0),
      ),
  ) as T;
}

/** Whether two values are the same, whatever the order of members. */
export function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => same(item, b[index]));
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => same(a[key], b[key]));
  }
  return Object.is(a, b);
}
