/**
 * Reading the audit trail: for system admins all of it, for admins of an organization what was done there, and how its members signed in.
 */
import { isAuditKind, kindsOf, AUDIT_GROUPS, AUDIT_KINDS } from '../audit/kinds.ts'
import type { Context } from '../context.ts'
import { sql, type Selectable } from 'kysely'
import type { AuditRecordTable } from '../database/schema.ts'
import { forbidden, invalid } from '../base/fault.ts'
import { isObject, parseJson } from '../base/json.ts'
import { quote } from '../base/path.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import { findUserByName } from '../people/user-records.ts'
import { isSystemAdmin, type Actor } from '../tree/actor.ts'
import { isOrganizationAdmin } from '../tree/permissions.ts'
import { pathOf } from '../tree/tree.ts'
import type { AuditInfo } from '../wire/answers.ts'

export interface AuditFilter {
  /** What was done in this organization; undefined: anything, for system admins. */
  readonly organizationId?: number | undefined
  /** A kind such as `key.made`, or a group of them such as `key`. */
  readonly kind?: string | undefined
  /** Who did it, or to whom it was done: an e-mail address, a user name or an id. */
  readonly user?: string | undefined
  /** A part of the path or name of what it was done to, in any letter case. */
  readonly thing?: string | undefined
  readonly start?: Micros | undefined
  readonly end?: Micros | undefined
  /** Only records with smaller ids, for the next page. */
  readonly before?: number | undefined
  /** Only records with larger ids, oldest first: for those who follow it. */
  readonly after?: number | undefined
  readonly count: number
}

/** Shown to admins of the organizations of whoever signs in. */
const SIGN_INS = ['session.begun', 'session.failed'] as const

/** Newest first, unless `after` is given. @throws Fault forbidden; invalid for a kind that there is not */
export async function listAudit(ctx: Context, actor: Actor, filter: AuditFilter): Promise<AuditInfo[]> {
  requireReader(ctx, actor, filter.organizationId)
  const kinds = filter.kind === undefined ? undefined : requireKinds(filter.kind)
  if (!ctx.engine.isReadOnly) await ctx.audit.flush()
  let query = selectRecords(ctx)
  if (filter.organizationId !== undefined) {
    const { organizationId } = filter
    const members = ctx.db
      .selectFrom('organization_users')
      .select('organization_users.user_id')
      .where('organization_id', '=', organizationId)
    // How its members sign in concerns an organization too; whoever left is no longer its business.
    query = query.where((eb) =>
      eb.or([
        eb('audit_records.organization_id', '=', organizationId),
        eb.and([
          eb('audit_records.kind', 'in', [...SIGN_INS]),
          eb('audit_records.subject_kind', '=', 'user'),
          eb('audit_records.subject_id', 'in', members),
        ]),
      ]),
    )
  }
  if (kinds) query = query.where('kind', 'in', kinds)
  if (filter.user !== undefined) {
    const userId = await findUserId(ctx, filter.user)
    query = query.where((eb) =>
      eb.or([eb('user_id', '=', userId), eb.and([eb('subject_kind', '=', 'user'), eb('subject_id', '=', userId)])]),
    )
  }
  if (filter.thing !== undefined) {
    const pattern = `%${filter.thing.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
    query = query.where(sql<boolean>`lower(subject_name) like ${pattern} escape '\\'`)
  }
  if (filter.start !== undefined) query = query.where('last_timestamp', '>=', filter.start)
  if (filter.end !== undefined) query = query.where('timestamp', '<=', filter.end)
  if (filter.before !== undefined) query = query.where('audit_records.id', '<', filter.before)
  if (filter.after !== undefined) query = query.where('audit_records.id', '>', filter.after)
  const rows = await query
    .orderBy('audit_records.id', filter.after === undefined ? 'desc' : 'asc')
    .limit(filter.count)
    .execute()
  return rows.map((row) => describeRecord(ctx, row))
}

function requireReader(ctx: Context, actor: Actor, organizationId: number | undefined): void {
  if (organizationId === undefined ? isSystemAdmin(actor) : isOrganizationAdmin(ctx, actor, organizationId)) return
  throw forbidden(
    organizationId === undefined
      ? 'Only system admins read the whole audit trail. Admins of an organization read what was done there: name it.'
      : `Only its admins read what was done in organization ${organizationId}.`,
  )
}

/** @throws Fault invalid */
function requireKinds(kind: string): string[] {
  const kinds = kindsOf(kind)
  if (kinds.length === 0)
    throw invalid(`kind: there is no ${quote(kind)}. Groups: ${AUDIT_GROUPS.join(', ')}; kinds: ${Object.keys(AUDIT_KINDS).join(', ')}.`)
  return kinds
}

/** The user's id; 0, which no user has, when there is none: who asks is not told who has an account. */
async function findUserId(ctx: Context, text: string): Promise<number> {
  return /^\d{1,15}$/.test(text) ? Number(text) : ((await findUserByName(ctx.db, text))?.id ?? 0)
}

/** Records with the present addresses of the users in them. */
export const selectRecords = ({ db }: Pick<Context, 'db'>) =>
  db
    .selectFrom('audit_records')
    .leftJoin('users as doer', 'doer.id', 'user_id')
    .leftJoin('users as subject_user', (join) =>
      join.onRef('subject_user.id', '=', 'subject_id').on('subject_kind', '=', 'user').on('subject_name', '=', ''),
    )
    .selectAll('audit_records')
    .select(['doer.email_address as doer_address', 'subject_user.email_address as subject_address'])

type RecordRow = Selectable<AuditRecordTable> & { doer_address: string | null; subject_address: string | null }

export function describeRecord(ctx: Pick<Context, 'tree'>, row: RecordRow): AuditInfo {
  const details = parseJson(row.details, 'details')
  return {
    id: row.id,
    timestamp: formatTimestamp(row.timestamp),
    last_timestamp: formatTimestamp(row.last_timestamp),
    count: row.count,
    kind: row.kind,
    by: doerOf(ctx, row),
    key_id: row.key_id,
    address: row.address,
    organization_id: row.organization_id,
    subject: { kind: row.subject_kind, id: row.subject_id, name: row.subject_name || (row.subject_address ?? '') },
    details: isObject(details) ? (details as AuditInfo['details']) : {},
  }
}

function doerOf({ tree }: Pick<Context, 'tree'>, row: RecordRow): AuditInfo['by'] {
  if (row.by_server === 1) return { kind: 'server', id: null, name: 'the server' }
  if (row.user_id !== null) return { kind: 'user', id: row.user_id, name: row.doer_address ?? `user ${row.user_id}` }
  if (row.controller_id === null) return { kind: 'anonymous', id: null, name: 'somebody unknown' }
  const controller = tree.byId(row.controller_id)
  return { kind: 'controller', id: row.controller_id, name: controller ? pathOf(controller) : `controller ${row.controller_id}` }
}

/** One line for people, without its time. */
export function sentenceOf({ kind, by, key_id: key, address, subject, count, details, last_timestamp: last }: AuditInfo): string {
  const what = isAuditKind(kind) ? AUDIT_KINDS[kind] : kind
  const thing = [subject.kind === 'resource' || subject.kind === 'route' ? '' : subject.kind, subject.id ?? '', subject.name]
  const more = Object.entries(details).map(([name, value]) => `${name}=${String(value)}`)
  return [
    `${by.name}${key === null ? '' : ` (key ${key})`}${address === '' ? '' : ` from ${address}`} ${what}:`,
    ...thing.filter((part) => part !== '').map(String),
    ...(more.length === 0 ? [] : [`(${more.join(', ')})`]),
    ...(count === 1 ? [] : [`${count} times, the last at ${last}`]),
  ].join(' ')
}
