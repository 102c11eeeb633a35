import { type Preset, presets } from '../calls/range';
import { oneOf, textOf } from '../shell/search';

export const kinds = [
  'team',
  'app',
  'api',
  'upstream',
  'connection',
  'secret',
  'subscription',
  'policy',
  'token',
  'key',
  'user',
  'membership',
  'invitation',
] as const;
export type Kind = (typeof kinds)[number];

/** The filters of a trail, and the event that is open beside it, by its place in the trail. */
export interface AuditSearch {
  action?: string;
  kind?: Kind;
  target?: string;
  actor?: string;
  range?: Preset;
  from?: string;
  to?: string;
  event?: string;
}

export function auditSearch(raw: Record<string, unknown>): AuditSearch {
  return {
    action: textOf(raw.action),
    kind: oneOf(raw.kind, kinds),
    target: textOf(raw.target),
    actor: textOf(raw.actor),
    range: oneOf(raw.range, presets),
    from: momentOf(raw.from),
    to: momentOf(raw.to),
    event: textOf(raw.event),
  };
}

function momentOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && !Number.isNaN(Date.parse(text)) ? text : undefined;
}

export function isFiltered({ event: _, ...filters }: AuditSearch): boolean {
  return Object.values(filters).some((value) => value !== undefined);
}
