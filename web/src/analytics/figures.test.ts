import { describe, expect, it } from 'vitest';
import { change, changeText, gaps, isBeforeKnown, rate } from './figures';
import type { Chart } from './queries';

const at = (hour: number) => `2026-11-28T0${hour}:00:00.000Z`;

function chartOf(states: readonly Chart['buckets'][number]['state'][]): Chart {
  return {
    buckets: states.map((state, index) => ({ at: at(index), state })),
    to: at(states.length),
    previous: { from: at(0), to: at(0), buckets: [] },
    series: [],
  } as unknown as Chart;
}

describe('what is not known', () => {
  it('is told as stretches, the future apart', () => {
    const chart = chartOf(['unknown', 'unknown', 'complete', 'unknown', 'incomplete', 'unknown']);
    expect(gaps(chart, Date.parse(at(4)))).toEqual([
      { from: at(0), to: at(2) },
      { from: at(3), to: at(4) },
    ]);
  });

  it('is no measure of a change', () => {
    expect(isBeforeKnown(chartOf(['complete']))).toBe(false);
    expect(change(5, null)).toBeNull();
    expect(change(5, 0)).toBeNull();
    expect(rate(0, 0)).toBeNull();
  });
});

it('tells a change in percent, and a large one in times', () => {
  expect(changeText(0.12)).toBe('12\u202f%');
  expect(changeText(-0.5)).toBe('50\u202f%');
  expect(changeText(1.26)).toBe('2.3\u202f×');
  expect(changeText(20)).toBe('21\u202f×');
});
