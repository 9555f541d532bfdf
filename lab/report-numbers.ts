/** A time of so many milliseconds in the unit that reads best. */
export function milliseconds(time: number): string {
  return time < 1000 ? `${Math.round(time)} ms` : `${Number((time / 1000).toFixed(2))} s`;
}

/** A number with its thousands apart. */
export function count(number: number): string {
  return number.toLocaleString('en');
}
