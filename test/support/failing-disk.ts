/**
 * A disk that fails when a test says so, for a program that the test starts: `failing-disk.c` explains the rules. Needs Linux and a C
 * compiler: `test('…', { skip: noFailingDisk }, …)`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

/** The source isn't built: it lies beside this file's source. */
const SOURCE = [import.meta.url, new URL('../../../test/support/x', import.meta.url)]
  .map((base) => fileURLToPath(new URL('failing-disk.c', base)))
  .find((file) => existsSync(file))

const hasCompiler = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0

/** Why tests with a failing disk are left out; false: they run. On CI they always do, and fail where they can't. */
export const noFailingDisk: string | false = hasCompiler || process.env['CI'] !== undefined ? false : 'needs Linux and a C compiler (cc)'

export type DiskCall = 'open' | 'read' | 'write' | 'fsync' | 'mkdir' | 'rename' | 'unlink' | 'truncate' | 'map' | 'malloc' | '*'

export interface DiskRule {
  readonly calls: readonly DiskCall[]
  /** `EIO`; `OK` lets the calls succeed, and logs them. */
  readonly error: string
  /** The first call that fails, from 1; the first unless given. */
  readonly first?: number
  /** How many fail; all from then on unless given. */
  readonly count?: number
  /** Of fnmatch(3); `*` takes slashes too. Of malloc: `/memory/sqlite`. */
  readonly pattern: string
}

export interface FailingDisk {
  /** For the program, beside its own environment. */
  readonly env: Readonly<Record<string, string>>
  /** Takes effect at once, and begins all counts from 0. None: the disk is well. */
  readonly rule: (...rules: readonly DiskRule[]) => void
  /** What rules decided on so far: `fsync EIO /tmp/lab/rhizo.db-wal`. */
  readonly decisions: () => string[]
}

/** Builds the library, into a folder that goes with the test. */
export function failingDisk(t: Pick<TestContext, 'after'>): FailingDisk {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-disk-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const library = join(folder, 'failing-disk.so')
  const { status, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-O2', '-w', '-o', library, SOURCE ?? '', '-ldl', '-lpthread'])
  if (status !== 0) throw new Error(`cc failed: ${String(stderr)}`)
  const rules = join(folder, 'rules.txt')
  const log = join(folder, 'decisions.txt')
  return {
    env: { LD_PRELOAD: library, FAILING_DISK_RULES: rules, FAILING_DISK_LOG: log, UV_USE_IO_URING: '0' },
    rule: (...all) => {
      const lines = all.map(
        ({ calls, error, first = 1, count = 0, pattern }) => `${calls.join(',')} ${error} ${first} ${count} ${pattern}\n`,
      )
      writeFileSync(`${rules}.new`, lines.join(''))
      // Another file each time, so that the library sees it change.
      renameSync(`${rules}.new`, rules)
    },
    decisions: () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : []),
  }
}
