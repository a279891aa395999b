/**
 * Text for a terminal. What comes from a server may hold control characters that would drive the terminal (its title, its clipboard, what
 * is shown above) and others that change the order of what is read: they are shown escaped. Our own colours come after that.
 */
import { escapeHiddenInLines } from '../../src/base/hidden-text.ts'

/** Cleans what is printed piece by piece: characters and line ends may be cut anywhere. */
export class TerminalText {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  /** The first half of what may be a line end. */
  #held = ''

  /** @param piece of a text, or of a file of any content, which is shown as if it were text in UTF-8 */
  clean(piece: string | Buffer): string {
    const text = this.#held + (typeof piece === 'string' ? piece : this.#decoder.decode(piece, { stream: true }))
    this.#held = text.endsWith('\r') ? '\r' : ''
    return escapeHiddenInLines(this.#held === '' ? text : text.slice(0, -1))
  }
}

/** Prints a sentence to stderr, which a person reads as a rule; messages of servers are parts of such sentences. */
export const complain = (sentence: string): void => void process.stderr.write(`rhizo: ${escapeHiddenInLines(sentence)}\n`)
