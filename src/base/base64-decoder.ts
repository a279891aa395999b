/** Decodes base64 that comes in pieces, as strictly as {@link decodeBase64} decodes it at once. */
import { FOREIGN, notBase64 } from './base64.ts'

/** Its four last characters may be padded. */
const LAST = /^(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

export class Base64Decoder {
  readonly #field: string
  /** Characters that are no whole group of four yet, or are padded. */
  #rest = ''

  /** @param field that the text is of, for messages */
  constructor(field: string) {
    this.#field = field
  }

  /** @returns what is decoded by now @throws Fault invalid */
  push(piece: string): Buffer {
    const text = this.#rest + (/[\r\n]/.test(piece) ? piece.replace(/[\r\n]+/g, '') : piece)
    const padded = text.indexOf('=')
    const digits = padded < 0 ? text : text.slice(0, padded)
    if (FOREIGN.test(digits) || (padded >= 0 && !/^={1,2}$/.test(text.slice(padded)))) throw notBase64(text, this.#field)
    const whole = digits.length - (digits.length % 4)
    this.#rest = text.slice(whole)
    return Buffer.from(digits.slice(0, whole), 'base64')
  }

  /** @returns what is left @throws Fault invalid when it is cut short */
  end(): Buffer {
    if (!LAST.test(this.#rest)) throw notBase64(this.#rest, this.#field)
    return Buffer.from(this.#rest, 'base64')
  }
}
