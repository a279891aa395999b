/** What a command that speaks to a server needs: the client for the chosen server, and where its output goes. */
import type { Command } from 'commander'
import { invalid } from '../../src/base/fault.ts'
import { splitPath } from '../../src/base/path.ts'
import type { Client } from '../../src/client/client.ts'
import type { Connection } from '../../src/client/connection.ts'
import { Output } from './output.ts'

export interface GlobalOptions {
  server?: string
  key?: string
  profile?: string
  timeout?: string
  json?: boolean
}

export class Session {
  readonly out: Output
  readonly globals: GlobalOptions
  readonly command: Command
  #connection: Connection | undefined
  #client: Client | undefined

  constructor(command: Command, globals: GlobalOptions, out: Output) {
    this.command = command
    this.globals = globals
    this.out = out
  }

  async connection(): Promise<Connection> {
    if (this.#connection !== undefined) return this.#connection
    const { findConnection } = await import('../../src/client/connection.ts')
    this.#connection = await findConnection({ server: this.globals.server, key: this.globals.key, profile: this.globals.profile })
    return this.#connection
  }

  async client(): Promise<Client> {
    if (this.#client !== undefined) return this.#client
    const [{ Client }, connection] = await Promise.all([import('../../src/client/client.ts'), this.connection()])
    const timeout =
      this.globals.timeout === undefined ? {} : { timeout: requireNumber(this.globals.timeout, '--timeout', { least: 0.1 }) * 1000 }
    this.#client = new Client({ server: connection.url, key: connection.key, ...timeout })
    return this.#client
  }

  close(): void {
    this.#client?.close()
  }
}

/**
 * An action for commander: opens the session, runs the command, closes the session. Commander passes arguments, options and the command
 * itself.
 */
export function action<A extends unknown[]>(
  run: (session: Session, ...args: A) => Promise<void>,
): (...args: [...A, Command]) => Promise<void> {
  return async (...all) => {
    const command = all.at(-1) as Command
    const globals = command.optsWithGlobals<GlobalOptions>()
    const session = new Session(command, globals, await Output.create(globals.json === true))
    try {
      await run(session, ...(all.slice(0, -1) as A))
    } finally {
      session.close()
    }
  }
}

/** An absolute path without a slash at its end. @throws Fault invalid */
export function requirePath(path: string): string {
  return `/${splitPath(path, 'PATH').join('/')}`
}

/** @throws Fault invalid naming the option */
export function requireNumber(text: string, option: string, limits: { least?: number; whole?: boolean } = {}): number {
  const number = Number(text)
  const isFine =
    text.trim() !== '' &&
    Number.isFinite(number) &&
    number >= (limits.least ?? -Infinity) &&
    (limits.whole !== true || Number.isSafeInteger(number))
  if (!isFine)
    throw invalid(
      `${option} must be a ` +
        `${limits.whole === true ? 'whole ' : ''}number${limits.least === undefined ? '' : ` of at least ${limits.least}`}, not ` +
        `${JSON.stringify(text)}.`,
    )
  return number
}

export const optionalCount = (text: string | undefined, option: string, least = 0): number | undefined =>
  text === undefined ? undefined : requireNumber(text, option, { least, whole: true })
