import { request, type Schemas } from '../api/client';

/** Options and credentials in JSON (WebAuthn level 3, section 5.1), with binary values as base64url. */
type Json = Record<string, unknown>;

/** Whether this browser can use passkeys on this page at all. */
export function canUsePasskeys(): boolean {
  return window.isSecureContext && 'credentials' in navigator && 'PublicKeyCredential' in window;
}

/** The person closed the browser's dialog, or took too long. Nothing went wrong. */
export function wasCancelled(error: unknown): boolean {
  return error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError');
}

/** The authenticator holds a passkey of this account already. */
export function wasThereAlready(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'InvalidStateError';
}

/** Proves a passkey: to sign in, or as the second factor of whoever is signed in. */
export async function provePasskey(): Promise<Schemas['SessionBody']> {
  const { challenge_id, public_key } = await challenge();
  const credential = await navigator.credentials.get({ publicKey: requestOptions(public_key as Json) });
  return answer(challenge_id, credential);
}

/** How long a challenge is offered, in milliseconds. It is good for five minutes. */
const offered = 4 * 60_000;

/**
 * Has the browser offer passkeys among what it fills in (conditional mediation) until one is chosen or `signal` ends
 * it; answers with how to prove that one. A challenge that grows old is replaced, but not while nobody looks.
 */
export async function offerPasskeys(signal: AbortSignal): Promise<() => Promise<Schemas['SessionBody']>> {
  for (;;) {
    await inSight(signal);
    const { challenge_id, public_key } = await challenge(signal);
    const old = new AbortController();
    const timer = setTimeout(() => old.abort(), offered);
    try {
      const credential = await navigator.credentials.get({
        mediation: 'conditional',
        publicKey: requestOptions(public_key as Json),
        signal: AbortSignal.any([signal, old.signal]),
      });
      return () => answer(challenge_id, credential);
    } catch (error) {
      if (signal.aborted || !old.signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Whether this browser offers passkeys among what it fills in. */
export async function canOfferPasskeys(): Promise<boolean> {
  if (!canUsePasskeys() || !('any' in AbortSignal)) return false;
  return (await PublicKeyCredential.isConditionalMediationAvailable?.().catch(() => false)) ?? false;
}

/** Waits until the page can be seen. */
function inSight(signal: AbortSignal): Promise<void> {
  return new Promise((seen, given) => {
    const look = () => {
      if (document.visibilityState === 'visible') seen();
    };
    document.addEventListener('visibilitychange', look, { signal });
    signal.addEventListener('abort', () => given(signal.reason), { once: true });
    if (signal.aborted) given(signal.reason);
    look();
  });
}

function challenge(signal?: AbortSignal): Promise<Schemas['ChallengeBody']> {
  return request('post', '/api/v1/session/passkey/challenge', { body: {}, signal });
}

function answer(challenge_id: string, credential: Credential | null): Promise<Schemas['SessionBody']> {
  return request('post', '/api/v1/session/passkey', {
    body: { challenge_id, credential: credentialJson(credential as PublicKeyCredential) },
  });
}

/** Has the browser make a passkey by the options of a challenge. */
export async function makePasskey(options: Json): Promise<Json> {
  const credential = await navigator.credentials.create({ publicKey: creationOptions(options) });
  return credentialJson(credential as PublicKeyCredential);
}

export function requestOptions(json: Json): PublicKeyCredentialRequestOptions {
  const parse = globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON;
  if (parse) return parse.call(PublicKeyCredential, json as unknown as PublicKeyCredentialRequestOptionsJSON);
  return {
    ...json,
    challenge: bytes(json.challenge as string),
    allowCredentials: descriptors(json.allowCredentials),
  } as PublicKeyCredentialRequestOptions;
}

export function creationOptions(json: Json): PublicKeyCredentialCreationOptions {
  const parse = globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON;
  if (parse)
    return parse.call(PublicKeyCredential, json as unknown as PublicKeyCredentialCreationOptionsJSON);
  const user = json.user as Json;
  return {
    ...json,
    challenge: bytes(json.challenge as string),
    user: { ...user, id: bytes(user.id as string) },
    excludeCredentials: descriptors(json.excludeCredentials),
  } as unknown as PublicKeyCredentialCreationOptions;
}

function descriptors(list: unknown): unknown[] | undefined {
  return (list as Json[] | undefined)?.map((one) => ({ ...one, id: bytes(one.id as string) }));
}

export function credentialJson(credential: PublicKeyCredential): Json {
  if (typeof credential.toJSON === 'function') return credential.toJSON() as Json;
  const { response } = credential;
  const json: Json = { clientDataJSON: text(response.clientDataJSON) };
  if ('attestationObject' in response) {
    const made = response as AuthenticatorAttestationResponse;
    json.attestationObject = text(made.attestationObject);
    json.transports = made.getTransports?.() ?? [];
  } else {
    const proved = response as AuthenticatorAssertionResponse;
    json.authenticatorData = text(proved.authenticatorData);
    json.signature = text(proved.signature);
    if (proved.userHandle) json.userHandle = text(proved.userHandle);
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: json,
  };
}

/** base64url (RFC 4648 section 5) as the bytes that it stands for. */
export function bytes(base64url: string): ArrayBuffer {
  const binary = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0)).buffer;
}

export function text(buffer: ArrayBuffer): string {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
