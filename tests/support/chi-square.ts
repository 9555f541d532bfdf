/**
 * How likely counts as far from these shares of their sum, or farther, are by chance: the p-value of Pearson's chi-square
 * test. Its distribution is the incomplete gamma function by its series (Abramowitz and Stegun, 6.5.29).
 */
export function likelihood(counts: number[], shares: number[]): number {
  const unit = sum(counts) / sum(shares);
  const terms = shares.map((share, index) => ((counts[index] ?? 0) - share * unit) ** 2 / (share * unit));
  return chiSquareTail(sum(terms), shares.length - 1);
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The probability that chi-square with so many degrees of freedom is above a value. */
export function chiSquareTail(value: number, degrees: number): number {
  const a = degrees / 2;
  const x = value / 2;
  let logGamma = degrees % 2 === 0 ? 0 : Math.log(Math.PI) / 2;
  for (let factor = a; factor > 0; factor -= 1) logGamma += Math.log(factor);
  let term = Math.exp(a * Math.log(x) - x - logGamma);
  // So far out that the first term is too small for a number.
  if (term === 0) return x > a ? 0 : 1;
  let sum = 0;
  for (let n = 1; term > sum * 1e-17; n += 1) {
    sum += term;
    term *= x / (a + n);
  }
  return Math.max(0, 1 - sum);
}
