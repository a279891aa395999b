/** Writes what was done into the audit trail, in the transaction of the change itself. */
import type { Db, AuditInsert } from '../database/schema.ts'
import type { Micros } from '../base/time.ts'
import type { AuditKind } from './kinds.ts'

/** Who did it: an actor of the tree, of which this room knows the shape alone. */
export type Doer =
  | { readonly kind: 'anonymous'; readonly address?: string | undefined }
  | {
      readonly kind: 'user'
      /** 0: the server itself. */
      readonly userId: number
      readonly keyId?: number
      readonly address?: string | undefined
    }
  | { readonly kind: 'controller'; readonly controllerId: number; readonly keyId: number; readonly address?: string | undefined }

/** To whom or what it was done. */
export interface Subject {
  readonly kind:
    | 'user'
    | 'key'
    | 'resource'
    | 'organization'
    | 'invitation'
    | 'session'
    | 'setting'
    | 'factor'
    | 'route'
    | 'link'
    | 'message'
    | 'device'
    | 'import'
  readonly id?: number | undefined
  /** A path, an e-mail address or a name, as it was then: ids alone tell nothing when the thing is gone. */
  readonly name?: string | undefined
}

export interface AuditEntry {
  readonly kind: AuditKind
  readonly subject: Subject
  /** Its admins see the record, beside system admins. */
  readonly organizationId?: number | null | undefined
  /** What else is worth knowing, never a secret. Undefined fields are left out. */
  readonly details?: Readonly<Record<string, string | number | boolean | null | undefined>>
}

/** Maximum length of names and addresses, and of the details as JSON, in characters. */
const MAX_NAME = 500
const MAX_DETAILS = 2_000

interface Clocked {
  readonly believed: { now(): Micros }
}

/** Records what was done. @param tx the transaction of the change */
export async function recordAudit({ believed }: Clocked, tx: Pick<Db, 'insertInto'>, doer: Doer, entry: AuditEntry): Promise<void> {
  await tx
    .insertInto('audit_records')
    .values(rowOf(believed.now(), doer, entry))
    .execute()
}

/** The row of an entry, which nothing has been told of yet. */
export function rowOf(now: Micros, doer: Doer, { kind, subject, organizationId, details = {} }: AuditEntry): AuditInsert {
  return {
    timestamp: now,
    last_timestamp: now,
    count: 1,
    kind,
    user_id: doer.kind === 'user' && doer.userId !== 0 ? doer.userId : null,
    controller_id: doer.kind === 'controller' ? doer.controllerId : null,
    by_server: doer.kind === 'user' && doer.userId === 0 ? 1 : 0,
    key_id: doer.kind === 'anonymous' ? null : (doer.keyId ?? null),
    address: cut(doer.address ?? '', 100),
    organization_id: organizationId ?? null,
    subject_kind: subject.kind,
    subject_id: subject.id ?? null,
    subject_name: cut(subject.name ?? '', MAX_NAME),
    details: detailsText(details),
    told: 0,
  }
}

function detailsText(details: NonNullable<AuditEntry['details']>): string {
  const shortened = Object.entries(details).map(
    ([name, value]) => [name, typeof value === 'string' ? cut(value, MAX_NAME) : value] as const,
  )
  const text = JSON.stringify(Object.fromEntries(shortened))
  return text.length <= MAX_DETAILS ? text : '{}'
}

/** Without half a character at its end. */
const cut = (text: string, length: number): string => (text.length <= length ? text : `${text.slice(0, length - 1)}…`).toWellFormed()
