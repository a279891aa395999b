/**
 * Exports of InfluxDB in line protocol: `influxd inspect export-lp` (2), `influx_inspect export` (1), also compressed. The latter has lines
 * that make its database; comments and these are left out.
 */
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { openFile, streamFile } from '../base/regular-files.ts'

const STATEMENT = /^(?:#|CREATE (?:DATABASE|RETENTION POLICY)\b|\s*$)/

/** The points of an export, some lines at a time. */
export async function* readInflux(path: string): AsyncGenerator<string> {
  const isPacked = await isCompressed(path)
  const file = streamFile(path)
  const input = isPacked ? file.pipe(createGunzip()) : file
  file.on('error', (error) => input.destroy(error))
  let lines: string[] = []
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (!STATEMENT.test(line)) lines.push(line)
    if (lines.length < 1_000) continue
    yield `${lines.join('\n')}\n`
    lines = []
  }
  if (lines.length > 0) yield `${lines.join('\n')}\n`
}

async function isCompressed(path: string): Promise<boolean> {
  const handle = await openFile(path)
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await handle.close()
  }
}
