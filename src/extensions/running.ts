/** One extension while it runs: what it has registered, and how it is switched off. */
import { join, relative, resolve } from 'node:path'
import { invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import type { Context } from '../context.ts'
import { Failures, MOST_FAILURES } from './failures.ts'
import { describeProblem, type FoundExtension } from './find.ts'
import { callHook, type HookOwner, type LoopObserver } from './hook-calls.ts'
import { makeHost } from './host.ts'
import type { ExtensionPage, ExtensionRequest, NotificationToSend, Viewer, Work } from './interface.ts'
import { OwnActor } from './own-actor.ts'
import { RepeatedWork } from './repeated-work.ts'

interface Handler<T> {
  readonly handle: (request: ExtensionRequest) => T
  readonly open: boolean
}

export interface NavigationEntry {
  readonly text: string
  readonly href: string
}

export class Running implements HookOwner {
  readonly found: FoundExtension
  readonly actor: OwnActor
  readonly failures = new Failures()
  readonly pages = new Map<string, Handler<ExtensionPage | Promise<ExtensionPage>>>()
  readonly routes = new Map<string, Handler<unknown>>()
  readonly viewers: Viewer[] = []
  readonly navigation: NavigationEntry[] = []
  /** Ends what was registered elsewhere. */
  readonly undo: (() => unknown)[] = []
  readonly observer: LoopObserver
  /** The folder of its static files, absolute. */
  filesFolder: string | undefined
  sender: ((message: NotificationToSend) => void | Promise<void>) | undefined
  offReason: string | undefined
  /** How many of each it has registered. */
  readonly registered = new Map<string, number>()
  readonly #ctx: Context
  readonly #work: RepeatedWork[] = []
  #isSetUp = false

  constructor(ctx: Context, found: FoundExtension, observer: LoopObserver) {
    this.#ctx = ctx
    this.found = found
    this.actor = new OwnActor(ctx, found.actsAs)
    this.observer = observer
    found.origin.passTo(this)
  }

  get name(): string {
    return this.found.definition.name
  }

  get timeLimit(): number {
    return this.#ctx.settings.EXTENSION_TIME_LIMIT
  }

  /** @throws Fault, Error what is wrong with its settings, or what its setup threw; nothing is left registered then */
  async start(): Promise<void> {
    try {
      await this.actor.start()
      const host = makeHost(this.#ctx, this, this.found)
      const problem = await callHook(this, 'setup', async () => {
        try {
          await this.found.definition.setup(host)
          return undefined
        } catch (error) {
          return describeProblem(error)
        }
      })
      if (problem !== undefined) throw invalid(problem)
      this.#isSetUp = true
      for (const work of this.#work) work.start()
    } catch (error) {
      this.offReason ??= 'its setup failed'
      await this.stop()
      throw error
    }
  }

  /** Registers something, as long as it is being set up. @throws Fault invalid later, and what `act` throws */
  add(what: string, act: () => unknown): void {
    if (this.#isSetUp || this.offReason !== undefined) throw invalid('what an extension does is registered in its setup, and not later.')
    act()
    this.registered.set(what, (this.registered.get(what) ?? 0) + 1)
  }

  repeat(work: Work): RepeatedWork {
    const one = new RepeatedWork(this, work)
    this.add('repeated work', () => this.#work.push(one))
    return one
  }

  /** @param below a folder of the extension @throws Fault invalid when it is none */
  serve(below: string): void {
    const folder = resolve(join(this.found.folder, below))
    if (below === '' || relative(this.found.folder, folder).startsWith('..'))
      throw invalid(`${quote(below)} is no folder of the extension.`)
    if (this.filesFolder !== undefined) throw invalid('An extension serves one folder of files.')
    this.filesFolder = folder
  }

  failed(hook: string, problem: string): void {
    if (this.offReason !== undefined) return
    const what = `${hook}: ${problem}`
    this.#ctx.log.error({ extension: this.name, hook, problem }, 'an extension failed')
    if (this.failures.note(this.#ctx.clock.monotonic(), what) && this.offReason === undefined)
      void this.switchOff(`it failed ${MOST_FAILURES} times within ten minutes, at last ${what}`)
  }

  /** Whoever held the loop for ever once would hold it again. */
  interrupted(hook: string, problem: string): void {
    const what = `${hook}: ${problem}`
    this.failed(hook, problem)
    if (this.offReason === undefined) void this.switchOff(what)
  }

  async switchOff(reason: string): Promise<void> {
    this.offReason = reason
    this.#ctx.log.error({ extension: this.name, reason }, 'an extension was switched off; system admins switch it on again')
    await this.stop()
  }

  /** Resolves when what is under way is done, or has used its budget up. */
  async stop(): Promise<void> {
    this.offReason ??= 'the server stops'
    this.actor.stop()
    for (const end of this.undo.splice(0).reverse()) end()
    await Promise.all(this.#work.map((work) => work.stop()))
  }
}
