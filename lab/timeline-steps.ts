/** The steps of a scale from 0 up to `most`, about as many as wanted, each 1, 2 or 5 times a power of ten. */
export function niceSteps(most: number, wanted: number): number[] {
  const rough = most / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find(factor => factor * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
}
