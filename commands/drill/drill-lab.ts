/** A lab for a drill: made in a folder of its own, with a server that can be started and killed again and again. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ADMIN, type Target } from './load.ts'

/** The name of the lab's settings file in its folder. */
export const SETTINGS = 'config.yaml'

const ORGANIZATION = 'drill'

/** Gives the drill a folder, and removes it with all that is in it. */
export async function inScratchFolder<T>(drill: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-drill-'))
  try {
    return await drill(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export class DrillLab {
  /** What belongs to the lab: settings, database, storage. */
  readonly folder: string
  readonly settings: string
  readonly #environment: NodeJS.ProcessEnv
  readonly #key: string
  readonly #mqttPort: number
  #server: ChildProcess | undefined

  private constructor(folder: string, environment: NodeJS.ProcessEnv, key: string, mqttPort: number) {
    this.folder = folder
    this.settings = join(folder, SETTINGS)
    this.#environment = environment
    this.#key = key
    this.#mqttPort = mqttPort
  }

  /** @param scratch a folder in which the lab gets one of its own */
  static async make(scratch: string): Promise<DrillLab> {
    const folder = join(scratch, 'lab')
    mkdirSync(folder)
    const environment = { RHIZO_SERVER_SETTINGS: join(folder, SETTINGS), XDG_CONFIG_HOME: scratch, PATH: process.env['PATH'] }
    const rhizo = (...args: string[]): string =>
      execFileSync(process.execPath, [process.argv[1] ?? '', ...args], { env: environment, encoding: 'utf8' })
    rhizo('init-db')
    const { secret_key: key } = JSON.parse(rhizo('create-admin', `${ADMIN.user}:${ADMIN.password}`, '--org', ORGANIZATION, '--json')) as {
      secret_key: string
    }
    return new DrillLab(folder, environment, key, await findPort())
  }

  /** The process of the server that runs. */
  get pid(): number | undefined {
    return this.#server?.pid
  }

  /** Starts the server. @returns where a load finds it, once it serves @throws Error when it ends before it serves */
  async start(environment: NodeJS.ProcessEnv = {}): Promise<Target> {
    const ports = { RHIZO_SERVER_PORT: '0', RHIZO_SERVER_MQTT_TCP_PORT: String(this.#mqttPort) }
    this.#server = spawn(process.execPath, [process.argv[1] ?? '', 'serve', '--json'], {
      env: { ...this.#environment, ...ports, ...environment },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const { url } = await firstLine(this.#server)
    return { url, mqttPort: this.#mqttPort, key: this.#key, folder: `/${ORGANIZATION}` }
  }

  /** Ends the server as a crash would. */
  async kill(): Promise<void> {
    const server = this.#server
    server?.kill('SIGKILL')
    if (server && server.exitCode === null && server.signalCode === null) await once(server, 'close')
  }
}

async function firstLine(server: ChildProcess): Promise<{ url: string }> {
  if (!server.stdout) throw new Error('the server has no output')
  for await (const line of createInterface({ input: server.stdout })) return JSON.parse(line) as { url: string }
  throw new Error('the server ended before it served')
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
