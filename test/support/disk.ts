/** A disk of its own for a test: small, and full or read-only when the test wants it. */
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

export interface TestDisk {
  readonly folder: string
  /** Writes a file until nothing more fits. @returns removes it */
  fill(): () => void
  setWritable(isWritable: boolean): void
}

/** @returns undefined where this user may not mount a disk: skip the test then */
export function mountDisk(t: TestContext, megabytes: number): TestDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-disk-'))
  const mount = (...args: string[]): boolean => spawnSync('mount', args).status === 0
  if (!mount('-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder)) {
    rmSync(folder, { recursive: true })
    return undefined
  }
  t.after(() => {
    spawnSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true })
  })
  return {
    folder,
    fill: () => {
      const file = join(folder, 'filling')
      for (let bytes = 1 << 20; bytes >= 1; bytes >>= 1) while (append(file, bytes));
      return () => rmSync(file)
    },
    setWritable: (isWritable) => {
      if (!mount('-o', `remount,${isWritable ? 'rw' : 'ro'}`, folder)) throw new Error('the disk could not be remounted')
    },
  }
}

function append(file: string, bytes: number): boolean {
  try {
    appendFileSync(file, new Uint8Array(bytes))
    return true
  } catch {
    return false
  }
}
