import { describe, expect, it } from 'vitest';
import { callPath, filledPath, parametersOf } from './address';
import { curlCommand, headersOf } from './try-call';

describe('curl', () => {
  it('quotes what a shell would take apart, and has no token in it', () => {
    const command = curlCommand({
      method: 'POST',
      path: "/a?q=o'clock&b=$HOME",
      headers: [['X-Note', "it's"]],
      body: '{"a": "`id`"}',
      token: '4fTz0aB9cD3e',
    });
    expect(command).toBe(
      [
        'curl -i',
        '-X POST',
        '-H "Authorization: Bearer $TOKEN"',
        "-H 'X-Note: it'\\''s'",
        `--data-raw '{"a": "\`id\`"}'`,
        `"$GATEWAY"'/a?q=o'\\''clock&b=$HOME'`,
      ].join(' \\\n  '),
    );
  });

  it('reads headers line by line', () => {
    expect(headersOf('Accept: a/b\n\nnonsense\nX-Time: 10:30')).toEqual([
      ['Accept', 'a/b'],
      ['X-Time', '10:30'],
    ]);
  });
});

describe('paths', () => {
  it('fills in parameters, encoded', () => {
    expect(parametersOf('/a/{id:int}/{rest:path}')).toEqual([
      { name: 'id', kind: 'int' },
      { name: 'rest', kind: 'path' },
    ]);
    expect(filledPath('/a/{id:int}/{rest:path}', { id: '7/8', rest: 'x/y z' })).toBe('/a/7%2F8/x/y%20z');
    expect(filledPath('/a/{id}', {})).toBe('/a/{id}');
  });

  it('has the version only where it belongs', () => {
    expect(callPath({ base_path: '/orders', version: 'v1' })).toBe('/orders/v1');
    expect(callPath({ base_path: '/orders', version: 'v1', version_in: 'header' })).toBe('/orders');
  });
});
