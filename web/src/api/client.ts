import { ProblemError, problemOf } from './problem';
import { doubtRights } from './rights-changed';
import type { components, paths } from './schema';
import { signInAgain } from './session-end';
import { stepUp } from './step-up';

export type Schemas = components['schemas'];

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type PathsWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: object } ? P : never;
}[keyof paths];
type Operation<M extends Method, P extends keyof paths> = paths[P] extends { [K in M]: infer O } ? O : never;
type Json<R> = R extends { content: { 'application/json': infer Body } } ? Body : undefined;
type Answer<O> = O extends { responses: infer R } ? Json<R[Extract<keyof R, 200 | 201 | 202 | 204>]> : never;
type PathOf<O> = O extends { parameters: { path: infer P } } ? { path: P } : { path?: undefined };
type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? { query?: Q } : { query?: undefined };
type BodyOf<O> = O extends { requestBody: { content: { 'application/json': infer B } } }
  ? { body: B }
  : { body?: undefined };
type Options<O> = PathOf<O> & QueryOf<O> & BodyOf<O> & Omit<RequestOptions, 'body'>;

/**
 * Calls an operation of the management API, typed by its OpenAPI document:
 * `call('get', '/api/v1/teams/{team}/tokens', { path: { team }, query: { limit: 100 } })`.
 * Whatever is not a success is thrown as a `ProblemError`.
 */
export function call<M extends Method, P extends PathsWith<M>>(
  method: M,
  path: P,
  options: Options<Operation<M, P>>,
): Promise<Answer<Operation<M, P>>> {
  const { body, headers, signal, background } = options;
  const url = urlOf(
    path,
    options.path as Record<string, unknown> | undefined,
    options.query as Record<string, unknown> | undefined,
  );
  return request<Answer<Operation<M, P>>>(method, url, { body, headers, signal, background });
}

interface RequestOptions {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Nobody has asked for it just now, so nobody is asked to sign in or prove anything for it. */
  background?: boolean;
}

/**
 * Sends JSON and reads JSON. Where the session is over, or a fresh second factor is asked for, the person sees to that
 * and it is all sent again.
 */
export async function request<T>(method: string, url: string, options: RequestOptions = {}): Promise<T> {
  let mended: string[] = [];
  for (;;) {
    const response = await send(method, url, options);
    if (response.ok) return (await read(response)) as T;
    const problem = await problemOf(response);
    // What was seen to once and is refused again for the same reason stays refused.
    const refused = options.background || mended.includes(problem.code);
    if (refused || !(await mend(problem, method, url))) {
      if (!options.background) doubtRights(problem, url);
      throw problem;
    }
    mended = [...mended, problem.code];
  }
}

/** Signing in and proving a second factor say themselves what is wrong. */
const coming = /^[^?]*\/api\/v1\/(session|setup|invitations)(\/|\?|$)/;

/** The last of these is what a browser hears whose cookie is gone: nothing came with the request at all. */
const ended = ['session_missing', 'session_ended', 'token_missing'];

async function mend(problem: ProblemError, method: string, url: string): Promise<boolean> {
  if (coming.test(url) && method.toLowerCase() !== 'get') return false;
  if (problem.code === 'second_factor_needed') return stepUp(problem.problem.methods ?? []);
  return ended.includes(problem.code) ? signInAgain(method.toLowerCase() === 'get') : false;
}

async function send(
  method: string,
  url: string,
  { body, headers, signal }: RequestOptions,
): Promise<Response> {
  try {
    return await fetch(url, {
      method: method.toUpperCase(),
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw ProblemError.unreachable();
  }
}

async function read(response: Response): Promise<unknown> {
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
}

/** Fills in a path template and appends the query: lists are repeated, what is absent is left out. */
export function urlOf(
  template: string,
  path: Record<string, unknown> = {},
  query: Record<string, unknown> = {},
) {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== '') search.append(name, String(one));
    }
  }
  return search.size === 0 ? filled : `${filled}?${search}`;
}
