/** Arithmetic on arrays of whole numbers. */

const gcd = (a: number, b: number): number => {
  while (b !== 0) [a, b] = [b, a % b]
  return a
}

/** The largest number that divides all differences between neighbours; 1 when all differences are zero. */
export function findUnit(numbers: Float64Array): number {
  let unit = 0
  for (let index = 1; index < numbers.length && unit !== 1; index++) {
    const difference = Math.abs((numbers[index] ?? 0) - (numbers[index - 1] ?? 0))
    // A fractional quotient of safe integers is never rounded to a whole number.
    const quotient = difference / unit
    if (unit === 0 || Math.floor(quotient) !== quotient) unit = gcd(unit, difference)
  }
  return Math.max(unit, 1)
}

/** Approximate number of bits that a residual takes. */
export function measureBits(number: number): number {
  const magnitude = Math.abs(number)
  return magnitude < 0x80000000 ? 32 - Math.clz32(magnitude) : Math.log2(magnitude) + 1
}

/** This many samples are enough to estimate the median of any number of numbers. */
const SAMPLES = 65

/** Median of at least one number; of many, that of a sample. */
export function findMedian(numbers: Float64Array | readonly number[]): number {
  const stride = Math.max(1, numbers.length / SAMPLES)
  const samples = new Float64Array(Math.min(SAMPLES, numbers.length))
  for (let index = 0; index < samples.length; index++) samples[index] = numbers[Math.floor(index * stride)] ?? 0
  samples.sort()
  return samples[samples.length >>> 1] ?? 0
}
