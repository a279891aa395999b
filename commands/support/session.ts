/** What a command that uses a server needs: the client for the chosen server, and its output. */
import type { CommandUnknownOpts, OptionValues } from '@commander-js/extra-typings'
import { invalid } from '../../src/base/fault.ts'
import { splitPath } from '../../src/base/path.ts'
import type { Client } from '../../src/client/client.ts'
import type { Connection } from '../../src/client/connection.ts'
import type { GlobalOptions } from './global-options.ts'
import { Output } from './output.ts'

/** What commands are added to: the program, or a command with commands of its own. */
export type CommandGroup = CommandUnknownOpts

/** The options of a command, as the function that describes the command to commander adds them. */
export type OptionsOf<Describe extends (group: CommandGroup) => { opts: () => object }> = ReturnType<ReturnType<Describe>['opts']>

export class Session {
  readonly out: Output
  readonly globals: GlobalOptions
  readonly command: CommandUnknownOpts
  #connection: Connection | undefined
  #client: Client | undefined

  constructor(command: CommandUnknownOpts, globals: GlobalOptions, out: Output) {
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

  /** Prints the result with --json; in a terminal it says on stderr what was made, and where to look at it. */
  async made(result: object, path: string): Promise<void> {
    await this.out.done(result)
    await this.tellMade(path)
  }

  /** In a terminal it says on stderr what was made, and where to look at it. */
  async tellMade(path: string): Promise<void> {
    const [{ url }, { encodePath }] = await Promise.all([this.connection(), import('../../src/client/http-client.ts')])
    this.out.remark(`made ${path}, see ${url}${encodePath(path)}`)
  }

  close(): void {
    this.#client?.close()
  }
}

/**
 * An action for commander: opens the session, runs the command, closes the session. Commander passes arguments, options and the command
 * itself.
 */
export function action<A extends unknown[], O extends OptionValues>(
  run: (session: Session, ...args: [...A, O]) => Promise<void>,
): (...args: [...A, O, CommandUnknownOpts]) => Promise<void> {
  return async (...all) => {
    const command = all.at(-1) as CommandUnknownOpts
    const globals: GlobalOptions = command.optsWithGlobals()
    const session = new Session(command, globals, await Output.create(globals.json === true))
    try {
      await run(session, ...(all.slice(0, -1) as [...A, O]))
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
