/** A disk whose fsync is slow, like that of an SD card: a library for LD_PRELOAD, built when needed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch, outputOf, root } from './processes.ts'

/**
 * @param milliseconds added to each fsync
 * @param measure gets the environment for programs that should run on this disk
 */
export async function withSlowDisk<T>(milliseconds: number, measure: (env: NodeJS.ProcessEnv) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-shim-'))
  const shim = join(folder, 'slow-fsync.so')
  try {
    await outputOf(launch('cc', ['-shared', '-fPIC', '-O2', '-o', shim, join(root, 'bench/slow-fsync.c'), '-ldl']))
    return await measure({ LD_PRELOAD: shim, SLOW_FSYNC_MS: String(milliseconds) })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
