const bookkeeping = new Set(['version', 'updated_at', 'id', 'team', 'last_four', 'prefix', 'created_at']);

type Json = Record<string, unknown> | null | undefined;

/** The fields in which two states of a thing differ, without those that every change changes. */
export function changedFields(before: Json, after: Json): string[] {
  if (!before || !after) return [];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .filter((name) => !bookkeeping.has(name) && JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .sort();
}
