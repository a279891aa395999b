/** A disk whose every fsync takes its time, as an SD card's does: a library that is loaded before others, built for the while. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch, outputOf, root } from './processes.ts'

/**
 * @param milliseconds that each fsync takes more
 * @param measure gets the environment for what runs on that disk
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
