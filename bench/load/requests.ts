/** The requests of the HTTP load, made beforehand if possible, since making them should not be measured. */
import { formatTimestamp } from '../../src/base/time.ts'

/**
 * - `single`: `PUT /api/v1/resources/PATH`, a form with base64 `data`
 * - `batch`: `PUT /api/v1/resources`, a form with `values`, a JSON object of every path to a value
 * - `timed-batch`: `POST /api/v1/sequences/values`, a JSON array of one value with its own time for every path
 * - `get`: `GET` of each path in turns
 * - `create`: `POST /api/v1/resources`, JSON, a small file of a new name in the folders in turns
 */
export type RequestKind = 'single' | 'batch' | 'timed-batch' | 'create' | 'get'

const FORM = 'application/x-www-form-urlencoded'

/** A temperature with two decimals: the nth value of a smooth, repeatable series. */
export const nthValue = (n: number): number => Math.round(2100 + 400 * Math.sin(n / 50)) / 100

/** @param headers header lines of every request, each with its line end */
export function createRequests(kind: RequestKind, paths: string[], headers: string): () => Buffer | string {
  const build = (method: string, target: string, type: string, body: string): string =>
    `${method} ${target} HTTP/1.1\r\n${headers}Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  if (kind === 'timed-batch') return createTimedBatches(paths, build)
  if (kind === 'create') {
    const [prefix, data] = [`made-${Date.now().toString(36)}-`, Buffer.from('a small file').toString('base64')]
    let count = 0
    return () => {
      const body = { path: paths[count % paths.length], name: `${prefix}${count++}.txt`, type: 'file', data }
      return build('POST', '/api/v1/resources', 'application/json', JSON.stringify(body))
    }
  }
  const pool =
    kind === 'get'
      ? paths.map((target) => `GET ${target} HTTP/1.1\r\n${headers}\r\n`)
      : kind === 'single'
        ? Array.from({ length: 1_000 }, (_, n) => {
            const data = Buffer.from(String(nthValue(n))).toString('base64')
            return build('PUT', `/api/v1/resources${paths[n % paths.length] ?? ''}`, FORM, new URLSearchParams({ data }).toString())
          })
        : Array.from({ length: 50 }, (_, n) => {
            const values = JSON.stringify(Object.fromEntries(paths.map((path, at) => [path, nthValue(n * 7 + at)])))
            return build('PUT', '/api/v1/resources', FORM, new URLSearchParams({ values }).toString())
          })
  const buffers = pool.map((text) => Buffer.from(text))
  let at = 0
  return () => buffers[at++ % buffers.length] ?? Buffer.alloc(0)
}

/** Times must differ, since the server need not store repeated values: everything but the times is made beforehand. */
function createTimedBatches(paths: string[], build: (method: string, target: string, type: string, body: string) => string): () => string {
  const hole = formatTimestamp(1)
  const body = JSON.stringify(paths.map((path, at) => ({ path, timestamp: hole, value: nthValue(at * 13) })))
  const parts = build('POST', '/api/v1/sequences/values', 'application/json', body).split(hole)
  // 10 µs a request never overtakes the clock, so the next round, which starts at the current time, repeats none of these.
  let time = Date.now() * 1000 + 1
  return () => parts.join(formatTimestamp((time += 10)))
}
