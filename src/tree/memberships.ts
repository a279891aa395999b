/** Who belongs to which organization: the users who were asked about last. */
import type { TreeSource } from '../database/tree-source.ts'

const MAX_USERS = 2_000

export class Memberships {
  readonly #source: TreeSource | undefined
  /** User id → organization id → whether an admin of it. */
  readonly #users = new Map<number, Map<number, boolean>>()

  /** @param source undefined: what is set is all that there is */
  constructor(source: TreeSource | undefined) {
    this.#source = source
  }

  /** Organizations of a user, by id, and whether they are an admin there. */
  of(userId: number): ReadonlyMap<number, boolean> {
    return this.#of(userId)
  }

  #of(userId: number): Map<number, boolean> {
    const known = this.#users.get(userId)
    if (known) return known
    const rows = this.#source?.memberships(userId) ?? []
    const found = new Map(rows.map((row) => [row.organization_id, row.is_admin === 1]))
    if (this.#source && this.#users.size >= MAX_USERS) this.#users.clear()
    this.#users.set(userId, found)
    return found
  }

  /** @param isAdmin undefined: no longer a member */
  set(organizationId: number, userId: number, isAdmin: boolean | undefined): void {
    if (isAdmin === undefined) this.#of(userId).delete(organizationId)
    else this.#of(userId).set(organizationId, isAdmin)
  }

  clear(): void {
    this.#users.clear()
  }
}
