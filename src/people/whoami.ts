/** Who the caller is to the server. */
import type { Actor } from '../tree/actor.ts'
import { VERSION } from '../base/version.ts'
import type { Context } from '../context.ts'
import { membershipsOf } from '../resources/organizations.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { describeUser } from './user-records.ts'
import type { Whoami } from '../wire/answers.ts'

/** For all callers, about themselves. */
export async function whoami(ctx: Context, actor: Actor): Promise<Whoami> {
  const answer: Whoami = { kind: actor.kind, organizations: [], key_id: null, server_version: VERSION }
  if (actor.kind === 'controller') {
    const controller = ctx.tree.byId(actor.controllerId)
    const organization = ctx.tree.byId(actor.organizationId)
    if (controller) answer.controller = { id: controller.id, path: pathOf(controller) }
    if (organization) answer.organizations = [describe(organization, false)]
    answer.key_id = actor.keyId
  }
  if (actor.kind === 'user') {
    const row = await ctx.db.selectFrom('users').selectAll().where('id', '=', actor.userId).executeTakeFirstOrThrow()
    const { id, user_name, email_address, full_name, role, units } = describeUser(row)
    answer.user = { id, user_name, email_address, full_name, role, ...(units === undefined ? {} : { units }) }
    answer.organizations = membershipsOf(ctx, actor.userId, actor.onlyOrganizationId).map((organization) =>
      describe(organization, ctx.tree.isAdmin(organization.id, actor.userId)),
    )
    answer.key_id = actor.keyId ?? null
  }
  return answer
}

const describe = (organization: Resource, isAdmin: boolean): Whoami['organizations'][number] => ({
  id: organization.id,
  path: pathOf(organization),
  is_admin: isAdmin,
})
