import { type Change, changesBetween } from '../resources/changes';
import { isObject } from '../resources/json';

/** What every change changes, and what says nothing of the change itself. */
const bookkeeping = new Set(['version', 'updated_at', 'created_at', 'id', 'team']);

function content(value: unknown): unknown {
  if (!isObject(value)) return value ?? undefined;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !bookkeeping.has(name)));
}

/** The values in which what was before and what was after differ; all there are, where there is only one of the two. */
export function differences(before: unknown, after: unknown): Change[] {
  const [old, now] = [content(before), content(after)];
  if (old === undefined && now === undefined) return [];
  return changesBetween(old ?? {}, now ?? {}).filter(
    (change) => !(isEmpty(change.before) && isEmpty(change.after)),
  );
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    (Array.isArray(value) && value.length === 0) ||
    (isObject(value) && Object.keys(value).length === 0)
  );
}
