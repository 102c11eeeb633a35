import type { AuditEvent } from './queries';
import { actorName } from './words';

const columns: [string, (event: AuditEvent) => unknown][] = [
  ['sequence', (event) => event.sequence],
  ['at', (event) => event.at],
  ['actor_kind', (event) => event.actor.kind],
  ['actor_id', (event) => ('id' in event.actor ? event.actor.id : undefined)],
  ['actor', (event) => actorName(event.actor)],
  ['address', (event) => event.address],
  ['agent', (event) => event.agent],
  ['request_id', (event) => event.request_id],
  ['action', (event) => event.action],
  ['kind', (event) => event.kind],
  ['target', (event) => event.target],
  ['target_name', (event) => event.target_name],
  ['reason', (event) => event.reason],
  ['before', (event) => event.before],
  ['after', (event) => event.after],
  ['hash', (event) => event.hash],
];

/** The first line of the file. */
export const csvHead = `${columns.map(([name]) => name).join(',')}\r\n`;

/** Events as lines of CSV (RFC 4180). */
export function csvLines(events: readonly AuditEvent[]): string {
  return events.map((event) => `${columns.map(([, of]) => cell(of(event))).join(',')}\r\n`).join('');
}

export function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  // Spreadsheets take text that begins so for a formula, and run it.
  const inert = typeof value !== 'number' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
