/**
 * Text for a message: quoted, escaped (what is not seen too), and cut when it is long. In a file of its own, because scripts of pages use
 * it too, which have no Buffer.
 */
import { escapeHidden } from './hidden-text.ts'

export const quote = (text: string): string => escapeHidden(JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text))

/** As a word of a shell's line: as it is where that is safe. */
export const quoteForShell = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
