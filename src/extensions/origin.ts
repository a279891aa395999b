/** Whose code runs. What an extension leaves behind (timers, sockets, promises for which nobody waits) runs as that extension, too. */
import { AsyncLocalStorage } from 'node:async_hooks'

export interface Origin {
  readonly name: string
  /** @param hook for the log: what was called */
  failed(hook: string, problem: string): void
}

/** An extension while its file is loaded, and then whoever runs it: what its file has left behind stays with this. */
export class LoadedOrigin implements Origin {
  readonly name: string
  #told: Origin['failed']

  /** @param told of failures until it is passed on */
  constructor(name: string, told: Origin['failed']) {
    this.name = name
    this.#told = told
  }

  failed(hook: string, problem: string): void {
    this.#told(hook, problem)
  }

  passTo(owner: Origin): void {
    this.#told = (hook, problem) => owner.failed(hook, problem)
  }
}

const origins = new AsyncLocalStorage<Origin>()

/** The extension whose code runs; undefined: the server's own. */
export const originNow = (): Origin | undefined => origins.getStore()

export const runAs = <T>(origin: Origin, call: () => T): T => origins.run(origin, call)

/** The same verbs; what the server does in them, and goes on to do later for others as well, is its own. */
export function asServer<T extends object>(verbs: T): T {
  const wrap = ([name, verb]: [string, unknown]): [string, unknown] => [
    name,
    typeof verb === 'function' ? (...given: unknown[]): unknown => origins.exit(() => (verb as Verb)(...given)) : verb,
  ]
  return Object.fromEntries(Object.entries(verbs).map(wrap)) as T
}

type Verb = (...given: unknown[]) => unknown
