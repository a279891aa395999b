/**
 * Actors for messages of an external MQTT broker. That broker authenticated their senders, but does not say who they are. So they act as
 * one user, whom the settings name; on topics of a controller that this user may change, they act as the controller, for which the user
 * could make a key as well.
 */
import type { Actor, UserActor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { notFound } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import { canRead, canWrite } from '../tree/permissions.ts'
import { CONTROLLER_FOLDER, ORGANIZATION_FOLDER } from '../wire/resource-types.ts'
import type { Resource } from '../tree/tree.ts'
import { findUserByName } from './user-records.ts'
import { SYSTEM_ADMIN } from '../wire/user-roles.ts'

/** @throws Fault not_found */
export async function findBrokerUser(ctx: Context, name: string): Promise<UserActor> {
  const user = await findUserByName(ctx.db, name)
  if (!user || user.deleted === 1)
    throw notFound(`There is no user ${quote(name)}, whom the setting MQTT_ACTS_AS names. Create one, or name another.`)
  return { kind: 'user', userId: user.id, isSystemAdmin: user.role === SYSTEM_ADMIN }
}

/** Folder names of the organizations from which messages go to the broker, or may come from it. */
export const brokerOrganizations = (ctx: Context, user: UserActor): string[] =>
  [...ctx.tree.roots]
    .filter((root) => root.type === ORGANIZATION_FOLDER && (canRead(ctx, user, root) || canWrite(ctx, user, root)))
    .map(({ name }) => name)

/** The actor for messages to a topic; cached until the tree changes. */
export class BrokerActors {
  readonly #ctx: Context
  readonly #user: UserActor
  readonly #controllers = new Map<Resource, Actor>()
  #version = -1

  constructor(ctx: Context, user: UserActor) {
    this.#ctx = ctx
    this.#user = user
  }

  /** @param resource the resource that the topic names, or an ancestor of it */
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
    // Key id 0: no key let it in, so revoking a key can't shut it out.
    if (!actor)
      this.#controllers.set(
        controller,
        (actor = { kind: 'controller', controllerId: controller.id, organizationId: controller.organizationId, keyId: 0 }),
      )
    return actor
  }
}
