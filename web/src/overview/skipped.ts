const storageKey = 'keyward.steps';

/** Whether somebody has seen enough of the first steps of a team. */
export function isSkipped(team: string): boolean {
  return read().includes(team);
}

export function skip(team: string): void {
  try {
    localStorage.setItem(storageKey, JSON.stringify([...new Set([...read(), team])]));
  } catch {
    // Without storage they come back with the page.
  }
}

function read(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}
