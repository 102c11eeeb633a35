import { country } from '../format/countries';
import { took } from '../format/durations';
import { t } from '../messages/messages';
import type { Dimension } from './filter';
import type { Names } from './names';

export function dimensionText(dimension: Dimension): string {
  return t(`calls.dimension.${dimension}`);
}

const mono: readonly Dimension[] = ['status', 'code', 'method', 'path', 'address', 'target', 'api', 'route'];

/** Whether values are technical text. */
export function isMono(dimension: Dimension): boolean {
  return mono.includes(dimension);
}

/** A value as a person reads it. */
export function valueText(dimension: Dimension, value: string, names: Names): string {
  switch (dimension) {
    case 'decision':
      return t(value === 'allowed' ? 'calls.allowed' : 'calls.refused');
    case 'app':
      return names.app(value);
    case 'token':
      return names.token(value);
    case 'country':
      return country(value);
    case 'slower':
    case 'faster':
      return took(Number(value) * 1000);
    default:
      return value;
  }
}
