/** What a list of commands says of one: its description's first sentence. */
export const firstSentence = (text: string): string => text.split(/[.:;] /)[0]?.replace(/\.$/, '') ?? ''
