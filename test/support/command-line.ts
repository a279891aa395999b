/**
 * The built command in a folder of its own, and a server that it runs: `const lab = await startCommandLineLab(t); await lab.rhizo('ls',
 * '/test-org')`.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Client } from '../../src/client/client.ts'
import { readProfiles } from '../../src/client/profiles.ts'
import { findFreePort } from './free-port.ts'
import { databaseOf, makeDatabase, TEST_SERVER } from './postgres.ts'

export const RHIZO = fileURLToPath(new URL('../../bin/rhizo.js', import.meta.url))

export interface Outcome {
  code: number
  stdout: string
  stderr: string
}

/** A command that is under way. */
export interface Running {
  child: ChildProcess
  /** Waits until the n-th line (from 1) is on stdout. */
  line: (number: number) => Promise<string>
  write: (text: string) => void
  endInput: () => void
  /** Waits until it has ended. */
  outcome: Promise<Outcome>
}

export interface CommandLineLab {
  folder: string
  env: NodeJS.ProcessEnv
  port: number
  rhizo: (...args: string[]) => Promise<Outcome>
  /** Runs a command that must succeed without a word on stderr. @returns its stdout */
  run: (...args: string[]) => Promise<string>
  /** As `run`, with `--json`. */
  json: (...args: string[]) => Promise<unknown>
  start: (...args: string[]) => Running
  rhizoWithInput: (input: string, ...args: string[]) => Promise<Outcome>
  /** @param options of `rhizo serve` */
  startServer: (...options: string[]) => Promise<void>
  /** @returns its exit code */
  stopServer: (signal?: NodeJS.Signals) => Promise<number | null>
  /** Waits until the server has ended by itself. */
  serverEnd: () => Promise<Outcome>
  /** A client of the library, with the admin's key. */
  client: () => Promise<Client>
}

/** An empty folder with the environment that scripts rely on, and nothing in it yet. */
export async function emptyLab(t: TestContext): Promise<CommandLineLab> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-cli-'))
  const port = await findFreePort()
  const onServer = process.env[TEST_SERVER]
  const env = {
    PATH: process.env.PATH,
    ...(onServer === undefined ? {} : { RHIZO_SERVER_DATABASE_URI: await makeDatabase(onServer, databaseOf(folder)) }),
    RHIZO_SERVER_SETTINGS: join(folder, 'config.yaml'),
    RHIZO_SERVER_PORT: String(port),
    XDG_CONFIG_HOME: join(folder, 'profile'),
  }
  const running = new Set<ChildProcess>()
  let server: Running | undefined

  const start = (...args: string[]): Running => {
    const run = startCommand(args, folder, env)
    running.add(run.child)
    run.child.once('close', () => running.delete(run.child))
    return run
  }
  const rhizo = async (...args: string[]): Promise<Outcome> => {
    const run = start(...args)
    run.endInput()
    return run.outcome
  }
  const stopServer = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    const stopping = server
    server = undefined
    if (stopping === undefined) return null
    stopping.child.kill(signal)
    await stopping.outcome
    return stopping.child.exitCode
  }
  const clients: Client[] = []
  t.after(async () => {
    for (const client of clients) client.close()
    await stopServer()
    for (const child of running) child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await rhizo(...args)
    assert.deepEqual([code, stderr], [0, ''], `rhizo ${args.join(' ')}: ${stdout}`)
    return stdout
  }
  return {
    folder,
    env,
    port,
    rhizo,
    run,
    json: async (...args) => JSON.parse(await run(...args, '--json')) as unknown,
    start,
    rhizoWithInput: async (input, ...args) => {
      const command = start(...args)
      command.write(input)
      command.endInput()
      return command.outcome
    },
    startServer: async (...options) => {
      server = start('serve', '--json', ...options)
      await server.line(1)
    },
    stopServer,
    serverEnd: async () => (server ? server.outcome : assert.fail('no server was started')),
    client: async () => {
      const { profiles } = await readProfiles(env)
      const client = new Client({ server: `http://127.0.0.1:${port}`, key: profiles.default?.key })
      clients.push(client)
      return client
    },
  }
}

/** With a database, the admin admin@example.com, the organization /test-org, a controller, and the server running. */
export async function startCommandLineLab(t: TestContext): Promise<CommandLineLab> {
  const lab = await emptyLab(t)
  await lab.run('init-db')
  await lab.run('create-admin', 'admin@example.com:correct-horse-9', '--org', 'test-org')
  await lab.startServer()
  return lab
}

function startCommand(args: string[], cwd: string, env: NodeJS.ProcessEnv): Running {
  const child = spawn(process.execPath, [RHIZO, ...args], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  let checks: (() => void)[] = []
  const check = (): void => {
    for (const one of checks) one()
  }
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
    check()
  })
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  // A command that ends early closes its stdin while we write.
  child.stdin.on('error', () => {})
  const outcome = once(child, 'close').then(() => {
    check()
    return { code: child.exitCode ?? -1, stdout, stderr }
  })
  const line = async (number: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const lines = stdout.split('\n')
        if (lines.length > number) resolve(lines[number - 1] ?? '')
        else if (child.exitCode !== null || child.signalCode !== null)
          reject(
            new Error(`rhizo ${args.join(' ')} ended with ${child.exitCode ?? child.signalCode} before line ${number}: ${stdout}${stderr}`),
          )
        else return
        checks = checks.filter((other) => other !== look)
      }
      checks.push(look)
      look()
    })
  return { child, line, write: (text) => child.stdin.write(text), endInput: () => child.stdin.end(), outcome }
}
