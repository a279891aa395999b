/** Where the code of worker threads is. */

/**
 * @param path below src, without its ending
 * A thread loads no TypeScript, whatever loader the main thread runs under: from the sources, the last build's file serves.
 */
export function workerUrl(path: string): URL {
  return import.meta.url.endsWith('.ts') ? new URL(`../../dist/src/${path}.js`, import.meta.url) : new URL(`../${path}.js`, import.meta.url)
}
