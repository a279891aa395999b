/** All extensions of this server: `ctx.extensions`. */
import { recordAudit } from '../audit/record.ts'
import { conflict, notFound } from '../base/fault.ts'
import { isObject, parseJson } from '../base/json.ts'
import { quote } from '../base/path.ts'
import type { Context } from '../context.ts'
import { requireSystemAdmin, type Actor } from '../tree/actor.ts'
import { isFolder, type Resource } from '../tree/tree.ts'
import { APP, FILE } from '../wire/resource-types.ts'
import { describeProblem, findExtensions, type Found, type FoundExtension } from './find.ts'
import { noObserver, type LoopObserver } from './hook-calls.ts'
import type { Viewer } from './interface.ts'
import { Running, type NavigationEntry } from './running.ts'
import { guardProcess } from './stray-failures.ts'

export interface ExtensionReport {
  readonly name: string
  readonly version: string | undefined
  /** running; off: it failed too often; failed: it could not be loaded or set up. */
  readonly state: 'running' | 'off' | 'failed'
  /** Why it doesn't run. */
  readonly reason: string | undefined
  /** Since it was set up. */
  readonly failures: number
  readonly lastFailure: string | undefined
  /** As `2 pages, 1 listener`. */
  readonly registered: string
  readonly actsAs: string | undefined
}

export interface FoundViewer {
  readonly running: Running
  readonly viewer: Viewer
}

export class Extensions {
  readonly #running = new Map<string, Running>()
  /** Why others don't run. */
  readonly #problems = new Map<string, string>()
  #observer: LoopObserver = noObserver
  #guard: () => void = () => {}

  /** Loads and sets up what the settings name, in order. What is wrong with one of them is logged, and stops no other. */
  async start(ctx: Context, observer: LoopObserver): Promise<void> {
    this.#observer = observer
    const { EXTENSIONS, AUTOLOAD_EXTENSIONS, EXTENSION_SETTINGS } = ctx.settings
    if (EXTENSIONS.length === 0 && !AUTOLOAD_EXTENSIONS && Object.keys(EXTENSION_SETTINGS).length === 0) return
    this.#guard = guardProcess()
    const { extensions, problems } = await this.#find(ctx)
    for (const [name, problem] of problems) this.#failed(ctx, name, problem)
    for (const found of extensions) await this.#setUp(ctx, found)
  }

  /** Resolves when what is under way is done, or has used its budget up. */
  async stop(): Promise<void> {
    for (const running of [...this.#running.values()].reverse()) await running.stop()
    this.#running.clear()
    this.#problems.clear()
    this.#guard()
  }

  #find(ctx: Context): Promise<Found> {
    return findExtensions(ctx.settings, (extension, hook, problem) => ctx.log.error({ extension, hook, problem }, 'an extension failed'))
  }

  async #setUp(ctx: Context, found: FoundExtension): Promise<void> {
    const { name, version, requires } = found.definition
    const missing = Object.keys(requires).find((other) => other !== 'host' && this.#running.get(other)?.offReason !== undefined)
    const without = Object.keys(requires).find((other) => other !== 'host' && !this.#running.has(other))
    if (missing !== undefined || without !== undefined)
      return this.#failed(ctx, name, `it requires ${missing ?? without ?? ''}, which can't be loaded itself.`)
    const running = new Running(ctx, found, this.#observer)
    try {
      await running.start()
      this.#problems.delete(name)
      this.#running.set(name, running)
      ctx.log.info({ extension: name, version, registered: describe(running.registered) }, 'an extension was set up')
    } catch (error) {
      // What the call itself says of a setup that took too long names no reason.
      this.#failed(ctx, name, running.failures.last ?? `setup: ${describeProblem(error)}`)
    }
  }

  #failed(ctx: Context, name: string, problem: string): void {
    this.#problems.set(name, problem)
    ctx.log.error({ extension: name, problem }, 'an extension can not be used')
  }

  /** What became of each. @throws Fault forbidden for all but system admins */
  list(actor: Actor): ExtensionReport[] {
    requireSystemAdmin(actor, 'see the extensions of the server')
    const running = [...this.#running.values()].map(
      (one): ExtensionReport => ({
        name: one.name,
        version: one.found.definition.version,
        state: one.offReason === undefined ? 'running' : 'off',
        reason: one.offReason,
        failures: one.failures.total,
        lastFailure: one.failures.last,
        registered: describe(one.registered),
        actsAs: one.found.actsAs,
      }),
    )
    const failed = [...this.#problems].map(
      ([name, reason]): ExtensionReport => ({
        name,
        version: undefined,
        state: 'failed',
        reason,
        failures: 0,
        lastFailure: undefined,
        registered: '',
        actsAs: undefined,
      }),
    )
    return [...running, ...failed].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Reads an extension again that does not run, and sets it up. @throws Fault forbidden; conflict when it runs, or can't be set up */
  async switchOn(ctx: Context, actor: Actor, name: string): Promise<void> {
    requireSystemAdmin(actor, 'switch extensions on')
    const known = this.#running.get(name)
    if (!known && !this.#problems.has(name)) throw notFound(`There is no extension ${quote(name)}.`)
    if (known && known.offReason === undefined) throw conflict(`The extension ${name} is running.`)
    const { extensions, problems } = await this.#find(ctx)
    const found = extensions.find(({ definition }) => definition.name === name)
    this.#running.delete(name)
    if (found) await this.#setUp(ctx, found)
    else this.#failed(ctx, name, problems.get(name) ?? 'it is not there any more.')
    const problem = this.#problems.get(name)
    if (problem !== undefined) throw conflict(`The extension ${name} can't be used: ${problem}`)
    await recordAudit(ctx, ctx.db, actor, {
      kind: 'setting.changed',
      subject: { kind: 'setting', name: `extension ${name}` },
      details: { as: 'on' },
    })
  }

  /** undefined: it is not there, or does not run. */
  find(name: string): Running | undefined {
    const running = this.#running.get(name)
    return running?.offReason === undefined ? running : undefined
  }

  /** Why an extension that is known does not run; undefined: it runs, or is not known. */
  isOff(name: string): boolean {
    return this.#problems.has(name) || this.#running.get(name)?.offReason !== undefined
  }

  get navigation(): readonly NavigationEntry[] {
    return [...this.#running.values()].flatMap((one) => (one.offReason === undefined ? one.navigation : []))
  }

  /** Who shows a resource; of several, the first that was set up. */
  async viewerOf(ctx: Context, resource: Resource): Promise<FoundViewer | undefined> {
    for (const running of this.#running.values()) {
      if (running.offReason !== undefined) continue
      for (const viewer of running.viewers) if (await shows(ctx, viewer, resource)) return { running, viewer }
    }
    return undefined
  }
}

async function shows(ctx: Context, { shows: what }: Viewer, resource: Resource): Promise<boolean> {
  switch (what.kind) {
    case 'file':
      return resource.type === FILE && what.endings.some((ending) => resource.name.toLowerCase().endsWith(ending.toLowerCase()))
    case 'folder':
      return isFolder(resource) && resource.children.has(what.marker)
    case 'app':
      return resource.type === APP && (await appOf(ctx, resource)) === what.app
  }
}

async function appOf({ db }: Pick<Context, 'db'>, { id }: Resource): Promise<unknown> {
  const row = await db.selectFrom('resources').select('system_attributes').where('id', '=', id).executeTakeFirst()
  const attributes = row && row.system_attributes !== null ? parseJson(row.system_attributes, 'system_attributes') : undefined
  return isObject(attributes) ? attributes['app'] : undefined
}

const describe = (registered: ReadonlyMap<string, number>): string =>
  [...registered].map(([what, count]) => `${count} ${count === 1 ? what.replace(/ies$/, 'y').replace(/s$/, '') : what}`).join(', ')
