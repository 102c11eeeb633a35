/** The query of an address as text: a name that is there several times has a list. Each page makes of it what it needs. */
export type RawSearch = Record<string, string | string[] | undefined>;

export function parseSearch(text: string): RawSearch {
  const search: Record<string, string | string[]> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const before = search[name];
    if (before === undefined) search[name] = value;
    else search[name] = Array.isArray(before) ? [...before, value] : [before, value];
  }
  return search;
}

/** What is absent, empty or false is left out, so that addresses stay short. */
export function stringifySearch(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== '' && one !== false)
        parameters.append(name, String(one));
    }
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

/** A text parameter, or none. */
export function textOf(value: unknown): string | undefined {
  const one = Array.isArray(value) ? value[0] : value;
  return one === undefined || one === null || one === '' ? undefined : String(one);
}

/** A parameter with one of some values, or none. */
export function oneOf<V extends string>(value: unknown, values: readonly V[]): V | undefined {
  const text = textOf(value);
  return values.find((one) => one === text);
}

/** A parameter that is on or off. */
export function flagOf(value: unknown): true | undefined {
  return value === true || textOf(value) === 'true' ? true : undefined;
}

/** Sorting as `name` or `-name`. */
export function sortOf(value: unknown, columns: readonly string[]): { id: string; desc: boolean }[] {
  const text = textOf(value);
  if (text === undefined) return [];
  const desc = text.startsWith('-');
  const id = desc ? text.slice(1) : text;
  return columns.includes(id) ? [{ id, desc }] : [];
}

export function sortText(sorting: readonly { id: string; desc: boolean }[]): string | undefined {
  const first = sorting[0];
  return first && `${first.desc ? '-' : ''}${first.id}`;
}
