import { useEffect, useRef } from 'react';

export interface Command {
  label: string;
  /** Words that it is found by besides its label. */
  words?: string;
  run: () => void;
}

const registered = new Set<{ current: readonly Command[] }>();

/** What can be done on the page that is open; the palette lists it first. */
export function useCommands(commands: readonly Command[]): void {
  const current = useRef(commands);
  current.current = commands;
  useEffect(() => {
    registered.add(current);
    return () => void registered.delete(current);
  }, []);
}

export function commandsHere(): Command[] {
  return [...registered].flatMap(({ current }) => current);
}
