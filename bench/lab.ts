/** A lab to measure: a real daemon in a process of its own, in a temporary folder, set up with the commands that people use. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch, outputOf, rest, root, stopChild } from './processes.ts'

/** The built command, as users run it. */
export const rhizoScript = join(root, 'dist/bin/rhizo.js')

export const websocketPath = '/api/v1/websocket'
/** Seconds that a daemon may take until it answers. */
const PATIENCE = 30

export interface Lab extends Ports {
  /** Process id of the daemon. */
  readonly pid: number
  /** The temporary folder, which is removed with the lab. */
  folder: string
  /** The controller's folder and its sequences, which are numeric and store every value. */
  controller: string
  paths: string[]
  /** Authorization headers. */
  controllerAuthorization: string
  userAuthorization: string
  /** The keys in those headers. */
  controllerKey: string
  userKey: string
  /** Runs a command against this lab and returns its output. */
  rhizo(...args: string[]): Promise<string>
  /** Starts a command against this lab. */
  launch(...args: string[]): ChildProcess
  /** A request as the user; fails on anything but 2xx. */
  request(method: string, target: string, body?: string | object, type?: string): Promise<string>
  /** One number of the daemon's /metrics. */
  metric(name: string): Promise<number>
  /** Stops the daemon and starts it again. @returns milliseconds from its start to its first answer */
  restart(): Promise<number>
  /** Starts one more daemon with the same settings, but ports of its own. It stops with the lab. */
  addDaemon(): Promise<Ports>
  stop(): Promise<void>
}

export interface Ports {
  port: number
  /** 0 for a lab without MQTT over TCP. */
  mqttPort: number
}

export interface LabOptions {
  sequences?: number
  /** Maximum number of values of each sequence. */
  maxHistory?: number
  /** With MQTT over TCP. */
  mqtt?: boolean
  /** Additional environment variables for the daemon only, and for commands too. */
  env?: NodeJS.ProcessEnv
  commonEnv?: NodeJS.ProcessEnv
}

export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-bench-'))
  const findPorts = async (): Promise<Ports> => ({ port: await findFreePort(), mqttPort: options.mqtt ? await findFreePort() : 0 })
  const first = await findPorts()
  const { port, mqttPort } = first
  const portsEnv = (ports: Ports): NodeJS.ProcessEnv => ({
    RHIZO_SERVER_PORT: String(ports.port),
    RHIZO_SERVER_MQTT_TCP_PORT: String(ports.mqttPort),
  })
  const env: NodeJS.ProcessEnv = {
    RHIZO_SERVER_SETTINGS: join(folder, 'config.yaml'),
    ...portsEnv(first),
    RHIZO_SERVER_DURABILITY: 'full',
    // Measure what the daemon can do, not what it allows one client by default.
    RHIZO_SERVER_MAX_MESSAGE_RATE: '10000000',
    XDG_CONFIG_HOME: join(folder, 'profile'),
    NODE_ENV: 'production',
    ...options.commonEnv,
  }
  const start = (...args: string[]): ChildProcess => launch(process.execPath, [rhizoScript, ...args], { env, cwd: folder })
  const rhizo = (...args: string[]): Promise<string> => outputOf(start(...args))
  const url = `http://127.0.0.1:${port}`
  let log = ''
  let daemon: ChildProcess | undefined
  const others: ChildProcess[] = []
  const launchDaemon = (ports: Ports): ChildProcess => {
    const child = launch(process.execPath, [rhizoScript, 'serve'], { env: { ...env, ...options.env, ...portsEnv(ports) }, cwd: folder })
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (log = (log + chunk.toString('utf8')).slice(-4_000)))
    return child
  }
  const serve = async (): Promise<number> => {
    const began = performance.now()
    daemon = launchDaemon(first)
    await awaitHealth(url, daemon)
    return performance.now() - began
  }
  const addDaemon = async (): Promise<Ports> => {
    const ports = await findPorts()
    const child = launchDaemon(ports)
    others.push(child)
    await awaitHealth(`http://127.0.0.1:${ports.port}`, child)
    return ports
  }
  const restart = async (): Promise<number> => {
    if (daemon !== undefined) await stopChild(daemon)
    return serve()
  }
  const stop = async (): Promise<void> => {
    await Promise.all(others.map(stopChild))
    if (daemon !== undefined) await stopChild(daemon)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await rhizo('init-db')
    await rhizo('create-admin', 'admin@example.com:correct-horse-9', '--org', 'bench-org')
    await serve()
    const controller = '/bench-org/controller'
    await rhizo('controller', 'create', controller)
    const authorize = (key: string): string => `Basic ${Buffer.from(`bench:${key}`).toString('base64')}`
    const controllerKey = (await rhizo('key', 'create', '--controller', controller)).trim()
    const userKey = (await rhizo('key', 'create', '--user', 'admin@example.com', '--org', 'bench-org')).trim()
    const [controllerAuthorization, userAuthorization] = [authorize(controllerKey), authorize(userKey)]
    const request = (method: string, target: string, body?: string | object, type = 'application/json'): Promise<string> =>
      requestText(`${url}${target}`, method, userAuthorization, body, type)
    const names = Array.from({ length: options.sequences ?? 100 }, (_, n) => `value-${n}`)
    for (const name of names) {
      await request('POST', '/api/v1/resources', {
        path: controller,
        name,
        type: 'sequence',
        data_type: 1,
        decimal_places: 2,
        min_storage_interval: 0,
        max_history: options.maxHistory ?? 10_000_000,
      })
    }
    const paths = names.map((name) => `${controller}/${name}`)
    const metric = async (name: string): Promise<number> => {
      const line = (await request('GET', '/metrics')).split('\n').find((text) => text.startsWith(`${name} `) || text.startsWith(`${name}{`))
      return line === undefined ? Number.NaN : Number(line.slice(line.lastIndexOf(' ') + 1))
    }
    return {
      port,
      mqttPort,
      get pid() {
        return daemon?.pid ?? 0
      },
      folder,
      controller,
      paths,
      controllerAuthorization,
      userAuthorization,
      controllerKey,
      userKey,
      rhizo,
      launch: start,
      request,
      metric,
      restart,
      addDaemon,
      stop,
    }
  } catch (error) {
    await stop()
    throw new Error(log === '' ? 'The lab could not be set up' : `The daemon's log ends with:\n${log}`, { cause: error })
  }
}

async function requestText(
  url: string,
  method: string,
  authorization: string,
  body: string | object | undefined,
  type: string,
): Promise<string> {
  const response = await fetch(url, {
    method,
    headers: { authorization, ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${url} was answered with ${response.status}: ${text.slice(0, 500)}`)
  return text
}

async function awaitHealth(url: string, daemon: ChildProcess): Promise<void> {
  for (const until = performance.now() + PATIENCE * 1000; performance.now() < until; await rest(25)) {
    if (daemon.exitCode !== null || daemon.signalCode !== null) throw new Error('The daemon ended while it was starting')
    const response = await fetch(`${url}/health`).catch(() => undefined)
    await response?.arrayBuffer()
    if (response?.ok === true) return
  }
  throw new Error(`The daemon did not answer within ${PATIENCE} s`)
}

export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('No port is free')
  return address.port
}

/** Runs a measurement with a lab, and always stops the lab. */
export async function withLab<T>(options: LabOptions, measure: (lab: Lab) => Promise<T>): Promise<T> {
  const lab = await startLab(options)
  try {
    return await measure(lab)
  } finally {
    await lab.stop()
  }
}
