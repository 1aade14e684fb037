// The axis of a chart.

const MOST_STEPS = 4;

/** Round values from 0 up to at least `most`. @param least the least step; 1 for whole numbers. */
export function ticksTo(most: number, least: number): readonly number[] {
  const rough = Math.max(most / MOST_STEPS, least);
  const power = 10 ** Math.floor(Math.log10(rough));
  const factors = least === 1 && power === 1 ? [1, 2, 5, 10] : [1, 2, 2.5, 5, 10];
  const step = (factors.find((factor) => factor * power >= rough) ?? 10) * power;
  const count = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}
