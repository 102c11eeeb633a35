import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { request } from './client';
import { onSessionEnd } from './session-end';

const server = setupServer();
const at = (path: string) => `http://keyward.test${path}`;
let off = () => {};

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(() => {
  server.resetHandlers();
  off();
  vi.useRealTimers();
});
afterAll(() => server.close());

const refused = (code: string) =>
  HttpResponse.json(
    { type: '', title: code, status: 401, detail: code, code, request_id: 'r' },
    { status: 401 },
  );

/** Answers once that nobody is signed in, and well from then on. */
function endsOnce(method: 'get' | 'post', path: string, code = 'session_ended') {
  const bodies: unknown[] = [];
  server.use(
    http[method](at(path), async ({ request: sent }) => {
      bodies.push(method === 'post' ? await sent.json() : undefined);
      return bodies.length === 1 ? refused(code) : HttpResponse.json({ done: true });
    }),
  );
  return bodies;
}

test.each(['session_ended', 'session_missing', 'token_missing'])(
  'after %s one signs in again, and the same is sent again',
  async (code) => {
    const bodies = endsOnce('post', '/x', code);
    const ask = vi.fn(async () => true);
    off = onSessionEnd(ask);
    await expect(request('post', at('/x'), { body: { typed: 'text' } })).resolves.toEqual({ done: true });
    expect(ask).toHaveBeenCalledTimes(1);
    expect(bodies).toEqual([{ typed: 'text' }, { typed: 'text' }]);
  },
);

test('where nobody is at work the refusal stands', async () => {
  endsOnce('get', '/x');
  await expect(request('get', at('/x'))).rejects.toMatchObject({ code: 'session_ended' });
});

test('signing in says itself what is wrong', async () => {
  server.use(http.post(at('/api/v1/session/second-factor'), () => refused('session_missing')));
  const ask = vi.fn(async () => true);
  off = onSessionEnd(ask);
  await expect(
    request('post', at('/api/v1/session/second-factor'), { body: { code: '1' } }),
  ).rejects.toMatchObject({ code: 'session_missing' });
  expect(ask).not.toHaveBeenCalled();
});

test('who would rather not is left alone by what runs in the background, for a minute', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  server.use(
    http.get(at('/x'), () => refused('session_ended')),
    http.post(at('/x'), () => refused('session_ended')),
  );
  const ask = vi.fn(async () => false);
  off = onSessionEnd(ask);
  const get = () => request('get', at('/x')).catch(() => undefined);
  await get();
  await get();
  expect(ask).toHaveBeenCalledTimes(1);
  await request('post', at('/x'), { body: {} }).catch(() => undefined);
  expect(ask).toHaveBeenCalledTimes(2);
  vi.setSystemTime(Date.now() + 61_000);
  await get();
  expect(ask).toHaveBeenCalledTimes(3);
});

test('requests that meet it at the same time ask once', async () => {
  endsOnce('get', '/y');
  endsOnce('post', '/z');
  const ask = vi.fn(() => new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 20)));
  off = onSessionEnd(ask);
  await Promise.all([request('get', at('/y')), request('post', at('/z'), { body: {} })]);
  expect(ask).toHaveBeenCalledTimes(1);
});
