/** What the other stores have in common: a server of their own in a folder of its own, queried over HTTP. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch, rest, stopChild } from '../processes.ts'

/** Seconds that a server may take until it answers. */
const PATIENCE = 30
/** Milliseconds without a change after which its folder counts as settled. */
const QUIET = 3_000
const MOST_LOOKS = 20

export interface Server {
  folder: string
  url: string
  stop(): Promise<void>
}

/** @param argumentsOf makes the arguments for the server's folder */
export async function startServer(
  command: string,
  port: number,
  healthPath: string,
  argumentsOf: (folder: string) => string[],
): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), `bench-${command}-`))
  const child = launch(command, argumentsOf(folder), { cwd: folder })
  // Read the output, since a full pipe would block the server.
  child.stdout?.resume()
  child.stderr?.resume()
  const url = `http://127.0.0.1:${port}`
  const stop = async (): Promise<void> => {
    await stopChild(child)
    rmSync(folder, { recursive: true, force: true })
  }
  for (const until = performance.now() + PATIENCE * 1000; performance.now() < until; await rest(100)) {
    const response = await fetch(`${url}${healthPath}`).catch(() => undefined)
    await response?.arrayBuffer()
    if (response?.ok === true) return { folder, url, stop }
  }
  await stop()
  throw new Error(`${command} did not answer within ${PATIENCE} s`)
}

export async function ask(url: string, init?: RequestInit): Promise<string> {
  const response = await fetch(url, init)
  const text = await response.text()
  if (!response.ok) throw new Error(`${url.slice(0, 200)} was answered with ${response.status}: ${text.slice(0, 300)}`)
  return text
}

/** Bytes of a folder after they have stopped changing. */
export async function settledSize(folder: string): Promise<number> {
  let size = sizeOf(folder)
  for (let look = 0; look < MOST_LOOKS; look++) {
    await rest(QUIET)
    const now = sizeOf(folder)
    if (now === size) return now
    size = now
  }
  return size
}

function sizeOf(folder: string): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    // Files may disappear while the server works.
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0
  }
  return bytes
}
