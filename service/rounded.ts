/** Milliseconds to two decimals, as people and logs are told them. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
