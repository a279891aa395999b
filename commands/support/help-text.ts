/** A command's summary in a list: the first sentence of its description. */
export const firstSentence = (text: string): string => text.split(/[.:;] /)[0]?.replace(/\.$/, '') ?? ''
