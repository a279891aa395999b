// Text of two bytes a character takes twice the memory, and one such character makes it so for a whole file.

/** Writes each character of two bytes as an escape, which means the same in the texts and the regular expressions of a module. */
export const narrow = (text) =>
  text.replace(/(\\*)([\u0100-\uffff])/g, (_, before, wide) => {
    const escape = `\\u${wide.charCodeAt(0).toString(16).padStart(4, '0')}`
    // An odd backslash stood before the character for no reason.
    return (before.length % 2 === 1 ? before.slice(1) : before) + escape
  })
