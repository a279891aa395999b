const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** Place of the lower word of a float64 in memory. */
export const LOW = isLittleEndian ? 0 : 1
/** Place of the higher one. */
export const HIGH = 1 - LOW
