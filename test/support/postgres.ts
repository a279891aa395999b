/** A PostgreSQL server of its own for a test, in a temporary folder, where one is installed. */
import { execFile, type ExecFileOptions } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { findFreePort } from './free-port.ts'

const run = promisify(execFile)
const INSTALLED = '/usr/lib/postgresql'
/** Its programs refuse to run as root. */
const NOBODY = 65_534

/** The folder of its newest programs; undefined where none are installed. */
export function findPostgres(): string | undefined {
  const versions = existsSync(INSTALLED) ? readdirSync(INSTALLED).map(Number).filter(Number.isFinite) : []
  const folder = join(INSTALLED, String(Math.max(...versions)), 'bin')
  return existsSync(join(folder, 'initdb')) ? folder : undefined
}

/** @returns the URL of an empty database */
export async function startPostgres(t: TestContext, programs: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-pg-'))
  const isRoot = process.getuid?.() === 0
  const how: ExecFileOptions = { cwd: folder, ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}) }
  chmodSync(folder, 0o700)
  if (isRoot) chownSync(folder, NOBODY, NOBODY)
  const data = join(folder, 'data')
  t.after(async () => {
    await run(join(programs, 'pg_ctl'), ['-D', data, '-m', 'immediate', '-w', 'stop'], how).catch(() => {})
    rmSync(folder, { recursive: true, force: true })
  })
  await run(join(programs, 'initdb'), ['-D', data, '-U', 'rhizo', '-A', 'trust', '--no-sync', '-E', 'UTF8'], how)
  const port = await findFreePort()
  const options = `-k ${folder} -p ${port} -h 127.0.0.1 -c fsync=off`
  await run(join(programs, 'pg_ctl'), ['-D', data, '-o', options, '-l', join(folder, 'log'), '-w', 'start'], how)
  return `postgresql://rhizo:unused@127.0.0.1:${port}/postgres`
}
