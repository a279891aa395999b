/** Arithmetic on arrays of whole numbers. */

const gcd = (a: number, b: number): number => {
  while (b !== 0) [a, b] = [b, a % b]
  return a
}

/** Largest number that divides all differences between neighbours; 1 when there are none but zeros. */
export function findUnit(numbers: Float64Array): number {
  let unit = 0
  for (let index = 1; index < numbers.length && unit !== 1; index++) {
    const difference = Math.abs((numbers[index] ?? 0) - (numbers[index - 1] ?? 0))
    // A quotient of safe integers is never rounded to a whole number that it isn't.
    const quotient = difference / unit
    if (unit === 0 || Math.floor(quotient) !== quotient) unit = gcd(unit, difference)
  }
  return Math.max(unit, 1)
}

/** About the bits that a residual takes. */
export function measureBits(number: number): number {
  const magnitude = Math.abs(number)
  return magnitude < 0x80000000 ? 32 - Math.clz32(magnitude) : Math.log2(magnitude) + 1
}

/** As many tell about where the middle of any number of numbers is. */
const SAMPLES = 65

/** Of at least one number; of many, that of some. */
export function findMedian(numbers: Float64Array | readonly number[]): number {
  const stride = Math.max(1, numbers.length / SAMPLES)
  const samples = new Float64Array(Math.min(SAMPLES, numbers.length))
  for (let index = 0; index < samples.length; index++) samples[index] = numbers[Math.floor(index * stride)] ?? 0
  samples.sort()
  return samples[samples.length >>> 1] ?? 0
}
