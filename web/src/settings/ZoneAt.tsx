import { FieldAt, useAt } from '../resources/form';
import { Combobox } from '../ui/Combobox';
import { zoneChoices } from './zones';

/** A time zone, by its name. */
export function ZoneAt({ path, label, hint }: { path: string; label: string; hint?: string }) {
  const [value = 'UTC', change] = useAt<string>(path);
  return (
    <FieldAt path={path} label={label} hint={hint}>
      <Combobox
        className="max-w-72"
        choices={zoneChoices(value)}
        value={value}
        onChange={(zone) => change(zone ?? 'UTC')}
      />
    </FieldAt>
  );
}
