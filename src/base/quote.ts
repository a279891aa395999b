/**
 * Text for a message: quoted, escaped, and cut when it is long. In a file of its own, because scripts of pages use it too, which have no
 * Buffer.
 */
export const quote = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
