/**
 * Which people web push can reach, in memory: alert forms and lists ask for each recipient, and say at once when nobody would hear of an
 * alarm.
 */
import type { Db } from '../database/schema.ts'

export class PushReach {
  /** undefined: not known. */
  #names: Set<string> | undefined

  /** Reads again who has devices; call it when devices, or names of their owners, have changed. */
  async load(db: Db): Promise<void> {
    const owners = await db
      .selectFrom('users')
      .select(['user_name', 'email_address'])
      .where('deleted', '=', 0)
      .where('id', 'in', db.selectFrom('push_devices').select('user_id'))
      .execute()
    this.#names = new Set(
      owners.flatMap(({ user_name: name, email_address: address }) => [address, name ?? address]).map((one) => one.toLowerCase()),
    )
  }

  /** @param name a user name or an e-mail address @returns true where it is not known */
  has(name: string): boolean {
    return this.#names?.has(name.toLowerCase()) ?? true
  }
}
