import { call, type Schemas } from '../api/client';

/** A call to be tried. */
export interface TryRequest {
  method: string;
  /** With base path, version and query. */
  path: string;
  headers: readonly (readonly [string, string])[];
  body?: string;
  /** The id of the token. */
  token?: string;
  address?: string;
  origin?: string;
}

/** What came of it: the decision that would be made, check by check. */
export interface TryOutcome {
  kind: 'decision';
  explanation: Schemas['Explanation'];
}

/** Has Keyward think a call through, without making it. */
export async function tryCall(team: string, request: TryRequest, signal?: AbortSignal): Promise<TryOutcome> {
  const header = (name: string) => request.headers.find(([key]) => key.toLowerCase() === name)?.[1];
  const explanation = await call('post', '/api/v1/teams/{team}/explain', {
    path: { team },
    body: {
      method: request.method,
      path: request.path,
      token: request.token ?? null,
      address: request.address || null,
      origin: request.origin || header('origin') || null,
      accept_version: header('accept-version') ?? null,
    },
    signal,
  });
  return { kind: 'decision', explanation };
}

/** The call as a command for a shell; the address of the gateway and the token are variables of it. */
export function curlCommand({ method, path, headers, body, token }: TryRequest): string {
  const parts = ['curl -i'];
  if (method !== 'GET') parts.push(method === 'HEAD' ? '--head' : `-X ${method}`);
  if (token) parts.push('-H "Authorization: Bearer $TOKEN"');
  for (const [name, value] of headers) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body) parts.push(`--data-raw ${quoted(body)}`);
  parts.push(`"$GATEWAY"${quoted(path)}`);
  return parts.join(' \\\n  ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Headers as they are written, one a line. */
export function headersOf(text: string): [string, string][] {
  return text.split('\n').flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim();
    return name === '' ? [] : [[name, line.slice(colon + 1).trim()]];
  });
}
