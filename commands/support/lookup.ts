/** Looks up the ids that the API needs, by the names that people use. */
import { notFound } from '../../src/base/fault.ts'
import type { Client } from '../../src/client/client.ts'
import { requireByAddress } from '../../src/client/people.ts'
import { RESOURCE_TYPES } from '../../src/wire/resource-types.ts'
import { requirePath } from './session.ts'

/** The id of an organization, by its folder's name, with or without the slash. */
export async function findOrganizationId(client: Client, name: string): Promise<number> {
  const resource = await client.resources.info(requirePath(name.startsWith('/') ? name : `/${name}`))
  if (resource.type !== RESOURCE_TYPES.organization_folder) throw notFound(`There is no organization ${JSON.stringify(name)}.`)
  return resource.id
}

/**
 * The id of a user, by e-mail address, user name or id: the caller, a member of one of the caller's organizations, or for a system
 * administrator any user.
 */
export async function findUserId(client: Client, address: string): Promise<number> {
  if (/^\d+$/.test(address)) return Number(address)
  const { user, organizations } = await client.whoami()
  if (user !== undefined && (user.email_address?.toLowerCase() === address.toLowerCase() || user.user_name === address)) return user.id
  const everybody = await client.users.list().catch(() => undefined)
  if (everybody !== undefined) return requireByAddress(everybody, address).id
  const members = await Promise.all(organizations.map(async ({ id }) => client.organizations.members(id).catch(() => [])))
  return requireByAddress(members.flat(), address).id
}

/** @throws Fault not_found when there is something else at the path */
export async function findControllerId(client: Client, path: string): Promise<number> {
  const resource = await client.resources.info(path === 'self' ? path : requirePath(path))
  if (resource.type !== RESOURCE_TYPES.controller_folder) throw notFound(`${path} is not a controller.`)
  return resource.id
}
