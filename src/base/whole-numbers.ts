/** Whole numbers beyond 2^53, of which a number of 64 bits with a decimal point holds only some. */

/** More digits than the largest number has. */
const MAX_DIGITS = 310

/**
 * Whether a text of digits, with or without a sign, comes out as another number. What a number is printed as stays itself, although its
 * last digits may be zeros in place of others; any other text than one of digits changes nothing here.
 * @param number what the text was read as; of one that is too large to be any, that is said elsewhere
 */
export function changesAsNumber(text: string, number: number): boolean {
  if (!(Math.abs(number) > Number.MAX_SAFE_INTEGER && Number.isFinite(number)) || !/^[+-]?\d+$/.test(text)) return false
  if (text.length > MAX_DIGITS) return true
  const digits = text.replace('+', '')
  return digits !== BigInt(number).toString() && digits !== printed(number)
}

/** As a number is printed, without an exponent. */
function printed(number: number): string {
  const [digits = '', exponent] = String(number).split('e+')
  if (exponent === undefined) return digits
  const [whole = '', fraction = ''] = digits.split('.')
  return whole + fraction.padEnd(Number(exponent), '0')
}

/** Why such a number is refused. */
export const whyChanged = (number: number): string =>
  `would become ${BigInt(number)}: a number holds whole numbers exactly up to 2^53. Keep it in a text sequence`
