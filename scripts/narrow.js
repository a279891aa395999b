// Text of two bytes a character takes twice the memory, and one such character makes it so for a whole file. The program's loader takes
// each byte for a character, so that what is not ASCII would be something else there.

/** Writes each character beyond ASCII as an escape, which means the same in the texts and the regular expressions of a module. */
export const narrow = (text) =>
  text.replace(/(\\*)([\u0080-\uffff])/g, (_, before, wide) => {
    const escape = `\\u${wide.charCodeAt(0).toString(16).padStart(4, '0')}`
    // An odd backslash stood before the character for no reason.
    return (before.length % 2 === 1 ? before.slice(1) : before) + escape
  })
