/** What is wrong with a file, as the end of a sentence. */
export class Problem extends Error {}
