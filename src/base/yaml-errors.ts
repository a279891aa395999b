/** Words for what the YAML library throws. */

/**
 * What is wrong, with line and column. The library goes on with the lines around it, which may hold secrets, and messages go to logs.
 * @returns a sentence
 */
export function describeYamlError(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'MULTIPLE_DOCS') return `More than one document${placeIn(error.message)}.`
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  return `${first.trimEnd().replace(/[.:]$/, '')}.`
}

const placeIn = (message: string): string => / at line \d+, column \d+/.exec(message)?.[0] ?? ''
