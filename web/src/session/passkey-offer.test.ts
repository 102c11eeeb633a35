import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { offerPasskeys } from './passkey';

const minute = 60_000;
let challenges = 0;
let sent: unknown[] = [];
let asked: CredentialRequestOptions[] = [];
let choose: (credential: unknown) => void = () => {};
const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });

beforeEach(() => {
  vi.useFakeTimers();
  [challenges, sent, asked] = [0, [], []];
  page.visibilityState = 'visible';
  vi.stubGlobal('document', page);
  vi.stubGlobal('fetch', async (url: string, { body }: RequestInit) => {
    if (url.endsWith('/challenge')) {
      challenges += 1;
      return Response.json({ challenge_id: `challenge ${challenges}`, public_key: { challenge: '_w' } });
    }
    sent.push(JSON.parse(String(body)));
    return Response.json({ state: 'signed_in' });
  });
  vi.stubGlobal('navigator', {
    credentials: {
      get: (options: CredentialRequestOptions) => {
        asked.push(options);
        return new Promise((chosen, refused) => {
          choose = chosen;
          options.signal?.addEventListener('abort', () => refused(options.signal?.reason));
        });
      },
    },
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const credential = { toJSON: () => ({ id: 'chosen' }) };

test('a passkey that is chosen is proved by the challenge it was offered with', async () => {
  const offer = offerPasskeys(new AbortController().signal);
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toMatchObject([{ mediation: 'conditional' }]);
  choose(credential);
  const prove = await offer;
  expect(sent).toEqual([]);
  expect(await prove()).toEqual({ state: 'signed_in' });
  expect(sent).toEqual([{ challenge_id: 'challenge 1', credential: { id: 'chosen' } }]);
});

test('a challenge is replaced before it is over, once somebody looks', async () => {
  const offer = offerPasskeys(new AbortController().signal);
  await vi.advanceTimersByTimeAsync(4 * minute);
  expect([challenges, asked.length]).toEqual([2, 2]);
  page.visibilityState = 'hidden';
  await vi.advanceTimersByTimeAsync(60 * minute);
  expect([challenges, asked.length]).toEqual([2, 2]);
  page.visibilityState = 'visible';
  page.dispatchEvent(new Event('visibilitychange'));
  await vi.advanceTimersByTimeAsync(0);
  expect([challenges, asked.length]).toEqual([3, 3]);
  choose(credential);
  await (await offer)();
  expect(sent).toMatchObject([{ challenge_id: 'challenge 3' }]);
});

test('an offer that is ended asks for nothing more', async () => {
  const ended = new AbortController();
  const offer = offerPasskeys(ended.signal);
  const given = expect(offer).rejects.toThrow();
  await vi.advanceTimersByTimeAsync(0);
  ended.abort();
  await given;
  await vi.advanceTimersByTimeAsync(60 * minute);
  expect([challenges, asked.length]).toEqual([1, 1]);
});
