/** The field `warnings` of answers. */

/** In an answer only when there is something to say: clients compare answers of old. */
export const warningsField = (warnings: readonly string[]): { warnings?: readonly string[] } => (warnings.length > 0 ? { warnings } : {})
