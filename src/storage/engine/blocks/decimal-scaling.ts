/** Finds the whole numbers behind measured ones: 21.37 is 2137 at scale 2. */

/** The largest power of ten that a float64 holds exactly is 10^22. */
export const LARGEST_SCALE = 22

/** Up to this, whole numbers are exact. */
const LARGEST = Number.MAX_SAFE_INTEGER

export interface ScaledNumbers {
  scale: number
  integers: Float64Array
}

/** @returns undefined when there is no scale at which integer / 10^scale gives back every number; -0 counts as 0 here */
export function scaleDecimals(numbers: Float64Array): ScaledNumbers | undefined {
  let [scale, power] = [0, 1]
  for (const number of numbers) {
    while (!isExact(number, power)) {
      if (scale === LARGEST_SCALE || Math.abs(number) * power > LARGEST) return undefined
      power = 10 ** ++scale
    }
  }
  const integers = numbers.map((number) => Math.round(number * power) + 0)
  for (let index = 0; index < numbers.length; index++) if (!isExact(numbers[index] ?? 0, power)) return undefined
  return { scale, integers }
}

function isExact(number: number, power: number): boolean {
  const integer = Math.round(number * power)
  return integer / power === number && Math.abs(integer) <= LARGEST
}
