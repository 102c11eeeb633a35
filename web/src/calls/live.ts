import { useEffect, useRef, useState } from 'react';
import type { CallRecord } from './queries';

export type LiveState = 'off' | 'connecting' | 'on' | 'lost';

/** So many calls are kept of those that came in; older ones go. */
const most = 2000;

export interface Live {
  state: LiveState;
  /** What came in and is shown, the latest first. */
  rows: readonly CallRecord[];
  /** What came in while it was held. */
  waiting: number;
  /** How many went by unseen, because they came faster than they could be sent. */
  missed: number;
  /** Shows what waits. */
  release: () => void;
}

/** They come as they end, from one worker after the other. */
const latestFirst = (one: CallRecord, other: CallRecord) =>
  other.at.localeCompare(one.at) || other.request_id.localeCompare(one.request_id);

const nothing: readonly CallRecord[] = [];

/** Follows calls as they end. While `held`, they wait, so that what one reads does not move. */
export function useLive(url: string | null, held: boolean): Live {
  const [state, setState] = useState<LiveState>('off');
  const [rows, setRows] = useState(nothing);
  const [waiting, setWaiting] = useState(0);
  const [missed, setMissed] = useState(0);
  const arrived = useRef<CallRecord[]>([]);
  const isHeld = useRef(held);
  isHeld.current = held;

  const release = useRef(() => {
    const fresh = arrived.current;
    if (fresh.length === 0) return;
    arrived.current = [];
    setWaiting(0);
    setRows((before) => [...fresh, ...before].sort(latestFirst).slice(0, most));
  });

  useEffect(() => {
    arrived.current = [];
    setRows(nothing);
    setWaiting(0);
    setMissed(0);
    if (url === null) {
      setState('off');
      return;
    }
    setState('connecting');
    const source = new EventSource(url);
    source.addEventListener('open', () => setState('on'));
    source.addEventListener('error', () =>
      setState(source.readyState === EventSource.CLOSED ? 'lost' : 'connecting'),
    );
    source.addEventListener('call', ({ data }) => {
      arrived.current.push(JSON.parse(data) as CallRecord);
      if (arrived.current.length > most) arrived.current.shift();
    });
    source.addEventListener('missed', ({ data }) => {
      setMissed((before) => before + (Number(JSON.parse(data)) || 0));
    });
    // Many calls a second are drawn a few times a second.
    const timer = setInterval(() => {
      if (isHeld.current) setWaiting(arrived.current.length);
      else release.current();
    }, 300);
    return () => {
      clearInterval(timer);
      source.close();
    };
  }, [url]);

  return { state, rows, waiting, missed, release: release.current };
}
