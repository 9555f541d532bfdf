import { randomBytes, randomInt } from 'node:crypto';

/**
 * A uniform random whole number from `min` to `max`, both included; both are safe integers and min ≤ max.
 * crypto.randomInt goes up to 2^48 numbers; beyond, 64 random bits are drawn until they fall into whole multiples.
 */
export function randomNumber(min: number, max: number): number {
  const count = BigInt(max) - BigInt(min) + 1n;
  if (count < 2n ** 48n) return min + randomInt(Number(count));
  const limit = 2n ** 64n - (2n ** 64n % count);
  let bits = limit;
  while (bits >= limit) bits = randomBytes(8).readBigUInt64BE();
  return Number(BigInt(min) + (bits % count));
}
