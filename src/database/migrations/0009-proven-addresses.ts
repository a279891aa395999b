import { sql, type Kysely } from 'kysely'
import type { ColumnTypes } from '../migrate.ts'
import type { Schema } from '../schema.ts'

/** Whether it was shown by mail that an account's address is its holder's. */
export const name = 'proven_addresses'

export async function up(db: Kysely<Schema>, { engine }: ColumnTypes): Promise<void> {
  await db.schema
    .alterTable('users')
    .addColumn('address_proven', engine === 'sqlite' ? 'integer' : 'smallint', (c) => c.notNull().defaultTo(1))
    .execute()
  // Accounts of invitations whose code an admin handed over; the others were mailed, or made by those who own the server.
  await sql`update users set address_proven = 0 where lower(email_address) in (
    select lower(email_address) from account_requests
    where redeemed_timestamp is not null and message_id is null and organization_id is not null)`.execute(db)
}
