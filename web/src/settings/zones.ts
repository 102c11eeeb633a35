import type { Choice } from '../ui/Select';

const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

/** All zones, and the one that is in force where this browser does not know it. */
export function zoneChoices(held: string): Choice<string>[] {
  const all = zones.includes(held) ? zones : [held, ...zones];
  return all.map((zone) => ({ value: zone, label: zone }));
}
