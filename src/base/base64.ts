/** Decodes base64 from outside strictly: it refuses what Node's lenient decoder silently drops. */
import { invalid, type Fault } from './fault.ts'

/** Searches for one wrong character, because a pattern for the whole text would overflow the stack on tens of megabytes. */
export const FOREIGN = /[^A-Za-z0-9+/]/

/**
 * Decodes base64 text (RFC 4648, padded); line ends in it, as MIME encoders make them, are allowed.
 * @throws Fault invalid naming the field
 */
export function decodeBase64(text: unknown, field: string): Buffer {
  if (typeof text !== 'string') throw invalid(`${field} must be base64 text.`)
  const packed = /[\r\n]/.test(text) ? text.replace(/[\r\n]+/g, '') : text
  const digits = packed.endsWith('==') ? packed.slice(0, -2) : packed.endsWith('=') ? packed.slice(0, -1) : packed
  if (packed.length % 4 !== 0 || FOREIGN.test(digits)) throw notBase64(packed, field)
  return Buffer.from(packed, 'base64')
}

export function notBase64(text: string, field: string): Fault {
  const hint = text.includes(' ') ? ' It holds spaces: in a form a plus sign must be sent as %2B.' : ''
  return invalid(`${field} is not base64 (A–Z, a–z, 0–9, + and /, padded with =).${hint}`)
}
