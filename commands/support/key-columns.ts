/** Columns of lists of keys. */
import type { Key } from '../../src/client/types.ts'
import type { Column } from './output.ts'

export const KEY_COLUMNS: Column<Key>[] = [
  { title: 'ID', value: ({ id }) => id, align: 'right' },
  { title: 'KEY', value: ({ key_part: part }) => `${part.slice(0, 3)}…${part.slice(-3)}` },
  { title: 'FOR', value: holder },
  { title: 'MADE', value: (row) => row.creation_timestamp },
  { title: 'LAST USED', value: (row) => row.last_use_timestamp },
  { title: 'FROM', value: (row) => row.last_use_address },
  { title: 'REVOKED', value: (row) => row.revocation_timestamp },
]

function holder(key: Key): string {
  if (key.ingest_folder != null) return `webhooks to ${key.ingest_folder}`
  if (key.access_as_controller_id != null) return `controller ${key.access_as_controller_id}${key.mounted ? ', mounted' : ''}`
  return key.access_as_user_id == null ? '' : `user ${key.access_as_user_id}`
}
