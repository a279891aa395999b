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
    if (unit === 0 || difference % unit !== 0) unit = gcd(unit, difference)
  }
  return Math.max(unit, 1)
}

/** About the bits that a residual takes. */
export function measureBits(number: number): number {
  const magnitude = Math.abs(number)
  return magnitude < 0x80000000 ? 32 - Math.clz32(magnitude) : Math.log2(magnitude) + 1
}

/** @param numbers at least one; they are sorted in place */
export function findMedian(numbers: Float64Array): number {
  numbers.sort()
  return numbers[numbers.length >>> 1] ?? 0
}
