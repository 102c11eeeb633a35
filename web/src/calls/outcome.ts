import type { Schemas } from '../api/client';
import { t } from '../messages/messages';
import type { Tone } from '../ui/Badge';

type CallRecord = Schemas['CallRecord'];

export type Outcome = 'answered' | 'failed' | 'refused';

/** Codes of calls that were let through and failed behind; every other one is of a refusal. */
const behind = ['upstream_unreachable', 'upstream_invalid', 'upstream_timeout', 'call_timeout'];

/** Turned away by Keyward, let through and failed, or answered. */
export function outcomeOf({ code, status }: Pick<CallRecord, 'code' | 'status'>): Outcome {
  if (code && !behind.includes(code)) return 'refused';
  return code || status === 0 || status >= 500 ? 'failed' : 'answered';
}

export const outcomeTones: Record<Outcome, Tone> = {
  answered: 'allowed',
  failed: 'warning',
  refused: 'refused',
};

/** The status answered, or that nobody was there any more to be answered. */
export function statusText(status: number): string {
  return status === 0 ? t('calls.status.gone') : String(status);
}

/** Codes that calls are refused or fail with. */
export const codes = [
  'token_missing',
  'token_ambiguous',
  'token_malformed',
  'token_unknown',
  'token_not_yet_valid',
  'token_expired',
  'token_revoked',
  'token_disabled',
  'token_pending',
  'address_not_allowed',
  'origin_not_allowed',
  'certificate_not_allowed',
  'time_not_allowed',
  'method_not_granted',
  'api_not_allowed',
  'scope_missing',
  'subscription_required',
  'subscription_pending',
  'policy_denied',
  'rate_limited',
  'quota_exhausted',
  'concurrency_limited',
  'route_not_found',
  'method_not_allowed',
  'path_invalid',
  'api_retired',
  'api_misconfigured',
  'request_invalid',
  'request_too_large',
  'request_timeout',
  'head_too_large',
  'uri_too_long',
  'upgrade_not_allowed',
  'upstream_overloaded',
  'store_unavailable',
  'internal',
  ...behind,
] as const;
