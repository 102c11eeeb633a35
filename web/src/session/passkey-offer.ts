import { useEffect, useRef } from 'react';
import type { Schemas } from '../api/client';
import { canOfferPasskeys, offerPasskeys } from './passkey';

/**
 * Offers passkeys where the browser fills in who signs in, while `when`. `onChosen` is called with how to prove the one
 * that was chosen.
 */
export function usePasskeyOffer(
  when: boolean,
  onChosen: (prove: () => Promise<Schemas['SessionBody']>) => void,
): void {
  const chosen = useRef(onChosen);
  chosen.current = onChosen;
  useEffect(() => {
    if (!when) return;
    const ended = new AbortController();
    const offer = async () => {
      if (!(await canOfferPasskeys()) || ended.signal.aborted) return;
      const prove = await offerPasskeys(ended.signal);
      if (!ended.signal.aborted) chosen.current(prove);
    };
    // It is a help that nobody has asked for: where it fails, there are the other ways.
    offer().catch(() => undefined);
    return () => ended.abort();
  }, [when]);
}
