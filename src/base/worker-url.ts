/** Location of the code of worker threads. */

/**
 * @param path below src, without its extension
 *
 * A thread can't load TypeScript, whatever loader the main thread runs with: when run from the sources, it loads the file of the last
 * build.
 */
export function workerUrl(path: string): URL {
  return import.meta.url.endsWith('.ts') ? new URL(`../../dist/src/${path}.js`, import.meta.url) : new URL(`../${path}.js`, import.meta.url)
}
