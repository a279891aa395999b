/**
 * On whose behalf messages of an external MQTT broker are handled. That broker has let their senders in, and does not say
 * who they are. So they act for one user, whom the settings name; and on topics of a controller that this user may
 * change, for the controller, as they could make a key of it too.
 */
import type { Actor, UserActor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { notFound } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import { canRead, canWrite } from '../tree/permissions.ts'
import { CONTROLLER_FOLDER, ORGANIZATION_FOLDER } from '../wire/resource-types.ts'
import type { Resource } from '../tree/tree.ts'
import { SYSTEM_ADMIN, findUserByName } from './user-records.ts'

/** @throws Fault not_found */
export async function findBrokerUser(ctx: Context, name: string): Promise<UserActor> {
  const user = await findUserByName(ctx.db, name)
  if (!user || user.deleted === 1)
    throw notFound(`There is no user ${quote(name)}, whom the setting MQTT_ACTS_AS names. Create one, or name another.`)
  return { kind: 'user', userId: user.id, isSystemAdmin: user.role === SYSTEM_ADMIN }
}

/** Organizations of which something goes to the broker or may come from it, by the names of their folders. */
export const brokerOrganizations = (ctx: Context, user: UserActor): string[] =>
  [...ctx.tree.roots]
    .filter((root) => root.type === ORGANIZATION_FOLDER && (canRead(ctx, user, root) || canWrite(ctx, user, root)))
    .map(({ name }) => name)

/** Who sends what comes to a topic; remembered as long as the tree stays as it is. */
export class BrokerActors {
  readonly #ctx: Context
  readonly #user: UserActor
  readonly #controllers = new Map<Resource, Actor>()
  #version = -1

  constructor(ctx: Context, user: UserActor) {
    this.#ctx = ctx
    this.#user = user
  }

  /** @param resource what the topic names, or what it lies beneath */
  actorOn(resource: Resource): Actor {
    const { tree } = this.#ctx
    if (this.#version !== tree.version) {
      this.#version = tree.version
      this.#controllers.clear()
    }
    let controller: Resource | undefined = resource
    while (controller && controller.type !== CONTROLLER_FOLDER) controller = controller.parent
    if (!controller || !canWrite(this.#ctx, this.#user, controller)) return this.#user
    let actor = this.#controllers.get(controller)
    // No key let it in, so none that is revoked shuts it out.
    if (!actor)
      this.#controllers.set(
        controller,
        (actor = { kind: 'controller', controllerId: controller.id, organizationId: controller.organizationId, keyId: 0 }),
      )
    return actor
  }
}
