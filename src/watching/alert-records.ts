/** What must outlive a restart of alerts: which are on, since when, and what was told of them. */
import type { AlertRule } from '../attributes/alert-rules.ts'
import { initialState, type AlertState, type Told } from './alert-state.ts'
import type { AlertStateRow, Db, Tx } from '../database/schema.ts'
import type { Micros } from '../base/time.ts'

/** One rule of a resource, with all that is known of it. */
export interface FollowedRule {
  readonly resourceId: number
  readonly rule: AlertRule
  readonly state: AlertState
  told: Told
  /** What the database says of it; undefined: nothing. */
  written: string | undefined
}

/** Equal for rules that are on and off at the same times: whom they tell may change in between. */
export function conditionOf({ fields }: AlertRule): string {
  const { kind, value, low, high, hysteresis, for_seconds: seconds } = fields
  return JSON.stringify({ kind, value, low, high, hysteresis, seconds })
}

/** @param row what was kept for a rule of that name; for another condition it is void */
export function followRule(resourceId: number, rule: AlertRule, row: AlertStateRow | undefined, countsFrom: Micros): FollowedRule {
  const state = initialState(countsFrom)
  if (row?.condition !== conditionOf(rule))
    return { resourceId, rule, state, told: { isStartTold: false, toldAt: undefined }, written: undefined }
  state.isActive = row.active === 1
  state.since = row.since_timestamp ?? undefined
  state.started = row.start_timestamp ?? undefined
  state.ended = row.end_timestamp ?? undefined
  const followed: FollowedRule = {
    resourceId,
    rule,
    state,
    told: { isStartTold: row.start_told === 1, toldAt: row.told_timestamp ?? undefined },
    written: undefined,
  }
  followed.written = JSON.stringify(rowOf(followed))
  return followed
}

function rowOf({ resourceId, rule, state, told }: FollowedRule): AlertStateRow {
  return {
    resource_id: resourceId,
    name: rule.name,
    condition: conditionOf(rule),
    active: state.isActive ? 1 : 0,
    since_timestamp: state.since ?? null,
    start_timestamp: state.started ?? null,
    end_timestamp: state.ended ?? null,
    start_told: told.isStartTold ? 1 : 0,
    told_timestamp: told.toldAt ?? null,
  }
}

/** Whether the database has to be told. What never was on needs no row. */
export function isUnwritten(followed: FollowedRule): boolean {
  const { state, told, written } = followed
  if (written === undefined && !state.isActive && state.since === undefined && told.toldAt === undefined) return false
  return written !== JSON.stringify(rowOf(followed))
}

/** Writes one rule's state. @returns to be called after the commit */
export async function writeState(tx: Tx, followed: FollowedRule): Promise<() => void> {
  const row = rowOf(followed)
  const { resource_id: resourceId, name, ...rest } = row
  // A resource that was purged a moment ago takes no rows any more.
  const isThere = await tx.selectFrom('resources').select('id').where('id', '=', resourceId).executeTakeFirst()
  if (isThere)
    await tx
      .insertInto('alert_states')
      .values(row)
      .onConflict((clash) => clash.columns(['resource_id', 'name']).doUpdateSet(rest))
      .execute()
  return () => {
    followed.written = JSON.stringify({ resource_id: resourceId, name, ...rest })
  }
}

/** What was kept of a rule goes on under its new name. */
export async function renameState(tx: Tx, resourceId: number, name: string, next: string): Promise<void> {
  await tx.deleteFrom('alert_states').where('resource_id', '=', resourceId).where('name', '=', next).execute()
  await tx.updateTable('alert_states').set({ name: next }).where('resource_id', '=', resourceId).where('name', '=', name).execute()
}

/** Forgets what was kept for rules of other names. */
export async function forgetOthers(db: Db, resourceId: number, names: readonly string[]): Promise<void> {
  const query = db.deleteFrom('alert_states').where('resource_id', '=', resourceId)
  await (names.length === 0 ? query : query.where('name', 'not in', names)).execute()
}
