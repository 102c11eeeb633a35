import { isObject } from '../resources/json';
import type { Mark } from '../ui/CodeArea';

export interface OpenApiDocument extends Record<string, unknown> {
  info?: { title?: string; version?: string };
  paths?: Record<string, unknown>;
  servers?: { url?: string }[];
}

export type ReadDocument = { document: OpenApiDocument } | { problem: string; at?: Mark };

/** Larger ones are most likely something else. */
export const mostBytes = 5_000_000;

/** Reads JSON or YAML. What YAML reads as something else than JSON has, such as a date, stays text. */
export async function readDocument(text: string, notObject: string): Promise<ReadDocument> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const { parseDocument } = await import('yaml');
    const parsed = parseDocument(text, { schema: 'core', prettyErrors: true });
    const [error] = parsed.errors;
    if (error) {
      const [start] = error.linePos ?? [];
      return {
        problem: error.message.split('\n')[0] ?? error.message,
        at: start && { line: start.line, column: start.col },
      };
    }
    try {
      value = parsed.toJS({ maxAliasCount: 100 });
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) };
    }
  }
  if (!isObject(value) || typeof value.openapi !== 'string') return { problem: notObject };
  return { document: value as OpenApiDocument };
}

/** What an api is probably called, by its document. */
export function guesses(document: OpenApiDocument): { api: string; version: string; base_path: string } {
  const api = (document.info?.title ?? '')
    .toLowerCase()
    .replace(/\bapi\b/g, '')
    .trim()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 50);
  const major = /^v?(\d+)/.exec(document.info?.version ?? '')?.[1];
  const version = major === undefined || major === '0' ? 'v1' : `v${major}`;
  const server = URL.parse(document.servers?.[0]?.url ?? '', 'http://localhost')?.pathname ?? '/';
  const base = server.replace(/\/+$/, '').replace(new RegExp(`/${version}$`), '');
  return { api, version, base_path: base || (api && `/${api}`) };
}
