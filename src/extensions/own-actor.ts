/** As whom an extension reads and writes: a user or a controller that a setting names, or nobody. */
import { notFound } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import type { Context } from '../context.ts'
import { findUserByName } from '../people/user-records.ts'
import { anonymous, type Actor } from '../tree/actor.ts'
import { CONTROLLER_FOLDER } from '../wire/resource-types.ts'
import { SYSTEM_ADMIN } from '../wire/user-roles.ts'
import { ACTS_AS } from './definition.ts'

export class OwnActor {
  readonly #ctx: Context
  readonly #name: string | undefined
  #actor: Actor = anonymous
  #unsubscribe: (() => void) | undefined

  constructor(ctx: Context, name: string | undefined) {
    this.#ctx = ctx
    this.#name = name
  }

  /** May change at any time: users lose roles and are deleted, and so are controllers. */
  get now(): Actor {
    if (this.#actor.kind === 'controller' && this.#ctx.tree.byId(this.#actor.controllerId) === undefined) this.#actor = anonymous
    return this.#actor
  }

  /** @throws Fault not_found when there is no such user or controller */
  async start(): Promise<void> {
    if (this.#name === undefined) return
    if (this.#name.startsWith('/')) {
      const found = this.#ctx.tree.find(this.#name, ACTS_AS)
      if (found?.type !== CONTROLLER_FOLDER)
        throw notFound(`there is no controller ${quote(this.#name)}, which its setting ${ACTS_AS} names. Create it, or name another.`)
      // Key id 0: no key let it in, so revoking a key can't shut it out.
      this.#actor = { kind: 'controller', controllerId: found.id, organizationId: found.organizationId, keyId: 0 }
      return
    }
    this.#actor = await this.#findUser(this.#name)
    if (this.#actor === anonymous)
      throw notFound(`there is no user ${quote(this.#name)}, whom its setting ${ACTS_AS} names. Create one, or name another.`)
    this.#unsubscribe = this.#ctx.hub.on('userChanged', ({ userId }) => {
      if (this.#actor.kind !== 'user' || this.#actor.userId !== userId) return
      // Nothing until it is known what is left.
      this.#actor = { ...this.#actor, isSystemAdmin: false }
      void this.#renew()
    })
  }

  stop(): void {
    this.#unsubscribe?.()
  }

  async #renew(): Promise<void> {
    try {
      this.#actor = await this.#findUser(this.#name ?? '')
    } catch (error) {
      this.#actor = anonymous
      this.#ctx.log.error({ err: error, user: this.#name }, 'what an extension may do could not be read, so it may nothing')
    }
  }

  async #findUser(name: string): Promise<Actor> {
    const user = await findUserByName(this.#ctx.db, name)
    if (!user || user.deleted === 1) return anonymous
    return { kind: 'user', userId: user.id, isSystemAdmin: user.role === SYSTEM_ADMIN }
  }
}
