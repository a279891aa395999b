/** Digits of other scripts. */

/** The first of ten digits: wide ones of East Asia, Arabic and Persian ones. */
const ZEROS = [0xff10, 0x0660, 0x06f0]

/**
 * A text with the digits of ASCII, and its decimal sign, in the place of wide, Arabic and Persian ones.
 * @param decimal what an Arabic decimal sign becomes
 */
export function asciiDigits(text: string, decimal: '.' | ','): string {
  if (!/[\uff0b-\uff1a\u0660-\u066b\u06f0-\u06f9]/.test(text)) return text
  return text.replaceAll(/[\uff0b-\uff1a\u0660-\u066b\u06f0-\u06f9]/g, (sign) => {
    const code = sign.charCodeAt(0)
    const zero = ZEROS.find((first) => code >= first && code < first + 10)
    if (zero !== undefined) return String(code - zero)
    // Plus, comma, minus, point, slash and colon, as wide as a letter of East Asia.
    if (code >= 0xff00) return String.fromCharCode(code - 0xfee0)
    return code === 0x066b ? decimal : sign
  })
}
