/** The built command, run against a lab of this process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { RHIZO, type Outcome } from './command-line.ts'
import type { Lab } from './lab.ts'

/** Runs it with the key of the lab's admin, without a profile and without a terminal. */
export async function rhizo(lab: Lab, args: string[], input = ''): Promise<Outcome> {
  const env = { PATH: process.env['PATH'], RHIZO_SERVER_NAME: lab.url, RHIZO_SECRET_KEY: lab.key, XDG_CONFIG_HOME: lab.folder }
  const child = spawn(process.execPath, [RHIZO, ...args], { cwd: lab.folder, env, stdio: ['pipe', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
  // It may end without having read what it was given.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number]
  return { code, stdout, stderr }
}
