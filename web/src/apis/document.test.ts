import { describe, expect, it } from 'vitest';
import { guesses, readDocument } from './document';

describe('reading a document', () => {
  it('takes JSON and YAML', async () => {
    expect(await readDocument('{"openapi":"3.1.0"}', 'no')).toEqual({ document: { openapi: '3.1.0' } });
    expect(await readDocument('openapi: 3.0.3\ninfo: {version: "2030-01-31"}', 'no')).toEqual({
      document: { openapi: '3.0.3', info: { version: '2030-01-31' } },
    });
  });

  it('says where YAML is wrong', async () => {
    const read = await readDocument('openapi: 3.1.0\npaths:\n  /a: {get: [}', 'no');
    expect('at' in read && read.at?.line).toBe(3);
  });

  it('turns away what is no OpenAPI document', async () => {
    expect(await readDocument('[1, 2]', 'no')).toEqual({ problem: 'no' });
    expect(await readDocument('just text', 'no')).toEqual({ problem: 'no' });
  });
});

it('guesses names', () => {
  expect(
    guesses({
      info: { title: 'Payments API', version: '2.3.0' },
      servers: [{ url: 'https://x.example/pay/v2/' }],
    }),
  ).toEqual({ api: 'payments', version: 'v2', base_path: '/pay' });
  expect(guesses({ info: { title: 'Orders', version: '0.1' } })).toEqual({
    api: 'orders',
    version: 'v1',
    base_path: '/orders',
  });
});
