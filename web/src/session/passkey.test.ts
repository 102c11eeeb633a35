import { expect, test } from 'vitest';
import { bytes, creationOptions, credentialJson, requestOptions, text } from './passkey';

const buffer = (...values: number[]) => new Uint8Array(values).buffer;

test('base64url and bytes stand for each other', () => {
  for (const values of [[], [0], [255, 254], [251, 255, 191], [1, 2, 3, 4, 5]]) {
    expect([...new Uint8Array(bytes(text(buffer(...values))))]).toEqual(values);
  }
  expect(text(buffer(251, 255, 191))).toBe('-_-_');
  expect(text(buffer(255))).toBe('_w');
});

test('options are read by hand where the browser cannot', () => {
  const asked = requestOptions({
    challenge: '-_-_',
    rpId: 'localhost',
    allowCredentials: [{ id: '_w', type: 'public-key' }],
  });
  expect(new Uint8Array(asked.challenge as ArrayBuffer)).toEqual(new Uint8Array([251, 255, 191]));
  expect(new Uint8Array(asked.allowCredentials?.[0]?.id as ArrayBuffer)).toEqual(new Uint8Array([255]));
  expect(asked.rpId).toBe('localhost');
  const made = creationOptions({ challenge: '_w', user: { id: '-_-_', name: 'ada' }, pubKeyCredParams: [] });
  expect(new Uint8Array(made.user.id as ArrayBuffer)).toEqual(new Uint8Array([251, 255, 191]));
  expect(made.user.name).toBe('ada');
});

test('a proved credential is written by hand where the browser cannot', () => {
  const credential = {
    id: '_w',
    rawId: buffer(255),
    type: 'public-key',
    authenticatorAttachment: null,
    getClientExtensionResults: () => ({}),
    response: {
      clientDataJSON: buffer(1),
      authenticatorData: buffer(2),
      signature: buffer(3),
      userHandle: buffer(4),
    },
  } as unknown as PublicKeyCredential;
  expect(credentialJson(credential)).toEqual({
    id: '_w',
    rawId: '_w',
    type: 'public-key',
    authenticatorAttachment: undefined,
    clientExtensionResults: {},
    response: { clientDataJSON: 'AQ', authenticatorData: 'Ag', signature: 'Aw', userHandle: 'BA' },
  });
});
