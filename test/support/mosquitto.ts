/** A real Mosquitto for tests, on a port of its own, that can be killed and started again. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import mqtt from 'mqtt'
import { findFreePort } from './free-port.ts'
import { gatherDevice, type Device } from './mqtt-client.ts'
import { waitFor } from './waiting.ts'

const PROGRAM = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto', '/usr/bin/mosquitto'].find(existsSync)

/** For the `skip` of a test: false where there is one. */
export const noMosquitto = PROGRAM === undefined ? 'there is no mosquitto on this machine (Debian: apt install mosquitto)' : false

export interface MosquittoOptions {
  /** Lines for its configuration file. */
  lines?: string[]
  /** Lets only this one in. */
  login?: { user: string; password: string }
  /** A certificate and its key, in PEM. */
  tls?: { certificate: string; key: string }
}

export interface Mosquitto {
  port: number
  folder: string
  start(): Promise<void>
  /** SIGKILL, or, so that it writes what it keeps, an orderly end. */
  stop(signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** Another client of it; with an id its subscriptions and what waits for it outlive the connection. */
  connect(t: TestContext, clientId?: string): Promise<Device>
}

export async function startMosquitto(t: TestContext, { lines = [], login, tls }: MosquittoOptions = {}): Promise<Mosquitto> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-mosquitto-'))
  const port = await findFreePort()
  const configuration = [
    `listener ${port} 127.0.0.1`,
    'user root',
    `allow_anonymous ${String(login === undefined)}`,
    'persistence true',
    `persistence_location ${folder}/`,
    'autosave_interval 1',
    'autosave_on_changes true',
    ...lines,
  ]
  if (login) {
    await writeFile(join(folder, 'passwords'), '')
    spawnSync('mosquitto_passwd', ['-b', join(folder, 'passwords'), login.user, login.password])
    configuration.push(`password_file ${folder}/passwords`)
  }
  if (tls) {
    await writeFile(join(folder, 'certificate.pem'), tls.certificate)
    await writeFile(join(folder, 'key.pem'), tls.key)
    configuration.push(`certfile ${folder}/certificate.pem`, `keyfile ${folder}/key.pem`)
  }
  await writeFile(join(folder, 'mosquitto.conf'), `${configuration.join('\n')}\n`)
  let child: ChildProcess | undefined
  const start = async (): Promise<void> => {
    const started = spawn(PROGRAM ?? '', ['-c', join(folder, 'mosquitto.conf')], { stdio: 'ignore' })
    child = started
    await waitFor('Mosquitto listens', async () => started.exitCode === null && (await answers(port)))
  }
  const stop = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    const running = child
    child = undefined
    if (!running || running.exitCode !== null) return
    running.kill(signal)
    await once(running, 'exit')
  }
  t.after(async () => {
    await stop()
    await rm(folder, { recursive: true, force: true })
  })
  await start()
  return {
    port,
    folder,
    start,
    stop,
    connect: (test, clientId) => {
      const client = mqtt.connect({
        host: '127.0.0.1',
        port,
        protocolVersion: 5,
        reconnectPeriod: 0,
        ...(login ? { username: login.user, password: login.password } : {}),
        ...(clientId === undefined ? {} : { clientId, clean: false, properties: { sessionExpiryInterval: 600 } }),
      })
      return gatherDevice(test, client)
    },
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
