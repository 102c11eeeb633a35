import { oneOf, textOf } from '../shell/search';

export const securityKinds = [
  'tls_refused',
  'tls_timeout',
  'client_certificate_missing',
  'client_certificate_refused',
  'proxy_header_refused',
  'proxy_header_unexpected',
  'http2_refused',
  'http2_flood',
  'request_invalid',
  'path_invalid',
  'uri_too_long',
  'head_too_large',
  'request_timeout',
] as const;
export const listeners = ['http', 'https', 'control'] as const;

export interface SecuritySearch {
  kind?: (typeof securityKinds)[number];
  listener?: (typeof listeners)[number];
  address?: string;
}

export function securitySearch(raw: Record<string, unknown>): SecuritySearch {
  return {
    kind: oneOf(raw.kind, securityKinds),
    listener: oneOf(raw.listener, listeners),
    address: textOf(raw.address),
  };
}
