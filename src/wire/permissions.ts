/** Permission records as they are stored and go over the wire: whom one is for, and what it allows. Source: protocol, section 3. */

export const PUBLIC = 100
export const ORGANIZATION_USERS = 110
export const ORGANIZATION_CONTROLLERS = 120
export const ONE_USER = 130
export const ONE_CONTROLLER = 140
export const PERMISSION_TYPES = [PUBLIC, ORGANIZATION_USERS, ORGANIZATION_CONTROLLERS, ONE_USER, ONE_CONTROLLER] as const

export const NONE = 0
export const READ = 10
export const WRITE = 20
export const PERMISSION_LEVELS = [NONE, READ, WRITE] as const

/** The principal is the id of an organization, user or controller, by the type; of {@link PUBLIC} it means nothing. */
export type PermissionRecord = readonly [type: number, principal: number, level: number]
