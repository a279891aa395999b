const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** Index of the lower word of a float64 in memory. */
export const LOW = isLittleEndian ? 0 : 1
/** Index of the higher word. */
export const HIGH = 1 - LOW
