import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { request, urlOf } from './client';
import { fieldErrors, fieldErrorText, ProblemError } from './problem';
import { onStepUp } from './step-up';

const server = setupServer();
const at = (path: string) => `http://keyward.test${path}`;
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

const problem = (status: number, code: string, more: object = {}) =>
  HttpResponse.json(
    { type: `/errors/${code}`, title: code, status, detail: 'So it is.', code, request_id: 'r1', ...more },
    { status, headers: { 'Content-Type': 'application/problem+json' } },
  );

async function failure(url: string): Promise<ProblemError> {
  const error = await request('get', url).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ProblemError);
  return error as ProblemError;
}

describe('a failure', () => {
  test('is the problem that the API tells', async () => {
    server.use(http.get(at('/x'), () => problem(409, 'conflict')));
    const error = await failure(at('/x'));
    expect([error.code, error.status, error.message, error.passing]).toEqual([
      'conflict',
      409,
      'So it is.',
      false,
    ]);
  });

  test('of something in between is told apart', async () => {
    server.use(http.get(at('/x'), () => new HttpResponse('<h1>Bad gateway</h1>', { status: 502 })));
    expect((await failure(at('/x'))).code).toBe('internal');
  });

  test('to get there at all is worth another try', async () => {
    server.use(http.get(at('/x'), () => HttpResponse.error()));
    const error = await failure(at('/x'));
    expect([error.code, error.passing]).toEqual(['unreachable', true]);
  });
});

describe('a second factor', () => {
  const guarded = () => {
    let asked = 0;
    const seen: unknown[] = [];
    server.use(
      http.post(at('/x'), async ({ request: sent }) => {
        seen.push(await sent.json());
        asked += 1;
        return asked === 1
          ? problem(403, 'second_factor_needed', { methods: ['totp'] })
          : HttpResponse.json({ done: true });
      }),
    );
    return seen;
  };

  test('is asked for, and the same is sent again', async () => {
    const seen = guarded();
    const ask = vi.fn(async () => true);
    const off = onStepUp(ask);
    await expect(request('post', at('/x'), { body: { typed: 'text' } })).resolves.toEqual({ done: true });
    expect(ask).toHaveBeenCalledWith(['totp']);
    expect(seen).toEqual([{ typed: 'text' }, { typed: 'text' }]);
    off();
  });

  test('that is not given leaves the refusal', async () => {
    const seen = guarded();
    const off = onStepUp(async () => false);
    await expect(request('post', at('/x'), { body: {} })).rejects.toMatchObject({
      code: 'second_factor_needed',
    });
    expect(seen).toHaveLength(1);
    off();
  });

  test('is asked for once by requests at the same time', async () => {
    server.use(http.get(at('/y'), () => problem(403, 'second_factor_needed', { methods: ['totp'] })));
    const ask = vi.fn(() => new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 20)));
    const off = onStepUp(ask);
    await Promise.allSettled([request('get', at('/y')), request('get', at('/y'))]);
    expect(ask).toHaveBeenCalledTimes(1);
    off();
  });
});

test('field errors go to the field that they lie in', () => {
  const error = new ProblemError({
    type: '',
    title: '',
    status: 422,
    detail: '',
    code: 'field_invalid',
    request_id: '',
    errors: [
      {
        field: 'restrictions.origins[2]',
        problem: 'cannot be read',
        remedy: 'write it as https://a.example',
      },
      { field: 'name', problem: 'is empty', remedy: '' },
      { field: 'named', problem: 'is unknown', remedy: 'leave it out' },
    ],
  });
  const { byField, others } = fieldErrors(error, ['name', 'restrictions', 'restrictions.origins']);
  expect(Object.keys(byField).sort()).toEqual(['name', 'restrictions.origins']);
  expect(others.map(({ field }) => field)).toEqual(['named']);
  expect(byField['restrictions.origins']?.map(fieldErrorText)).toEqual([
    'Cannot be read. Write it as https://a.example.',
  ]);
  expect(byField.name?.map(fieldErrorText)).toEqual(['Is empty.']);
});

test('addresses are filled in safely', () => {
  expect(
    urlOf(
      '/teams/{team}/apps/{name}',
      { team: 'a/b', name: 'ü' },
      { limit: 5, after: undefined, tag: ['x', 'y'] },
    ),
  ).toBe('/teams/a%2Fb/apps/%C3%BC?limit=5&tag=x&tag=y');
});
