/** The state of alerts that must outlive a restart: which are on, since when, and what was announced. */
import type { AlertRule } from '../attributes/alert-rules.ts'
import { initialState, type AlertState, type Told } from './alert-state.ts'
import { firingsOf, hasUnwritten, noFirings, writeFirings, type Firings } from './alert-firings.ts'
import type { AlertHistoryRow, AlertStateRow, Db, Tx } from '../database/schema.ts'
import type { Micros } from '../base/time.ts'
import type { Context } from '../context.ts'

/** From when to when a rule was on. */
export interface Passed {
  readonly started: Micros
  readonly ended: Micros
}

/** One rule of a resource, with its state. */
export interface FollowedRule {
  readonly resourceId: number
  readonly rule: AlertRule
  readonly state: AlertState
  told: Told
  readonly firings: Firings
  /** It was on, and ended before anybody was told. */
  passed: Passed | undefined
  /** Its beginning is told to nobody for now. */
  isMuted: boolean
  /** The row in the database, as JSON; undefined if there is none. */
  written: string | undefined
}

/** The part of a rule that decides when it is on, as text: rules that differ only in their recipients have the same. */
export function conditionOf({ fields }: AlertRule): string {
  const { kind, value, low, high, hysteresis, for_seconds: seconds, within_seconds: within, schedule } = fields
  return JSON.stringify({ kind, value, low, high, hysteresis, seconds, within, schedule })
}

/**
 * @param row the state of an earlier rule of that name; void if its condition differs
 * @param open the record of when it came on, if it is on
 */
export function followRule(
  resourceId: number,
  rule: AlertRule,
  row: AlertStateRow | undefined,
  open: AlertHistoryRow | undefined,
  countsFrom: Micros,
): FollowedRule {
  const state = initialState(countsFrom)
  const isMuted = false
  if (row?.condition !== conditionOf(rule)) {
    const told = { isStartTold: false, toldAt: undefined }
    return { resourceId, rule, state, told, firings: noFirings(), passed: undefined, isMuted, written: undefined }
  }
  state.isActive = row.active === 1
  state.since = row.since_timestamp ?? undefined
  state.started = row.start_timestamp ?? undefined
  state.ended = row.end_timestamp ?? undefined
  const followed: FollowedRule = {
    resourceId,
    rule,
    state,
    told: { isStartTold: row.start_told === 1, toldAt: row.told_timestamp ?? undefined },
    firings: firingsOf(open, state),
    passed: undefined,
    isMuted,
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

/** Whether the state must be written. A rule that was never on needs no row. */
export function isUnwritten(followed: FollowedRule): boolean {
  const { state, told, written } = followed
  if (hasUnwritten(followed.firings)) return true
  if (written === undefined && !state.isActive && state.since === undefined && told.toldAt === undefined) return false
  return written !== JSON.stringify(rowOf(followed))
}

/** Writes one rule's state, and when it was on. @returns a function to call after the commit */
export async function writeState(ctx: Pick<Context, 'clock' | 'tree' | 'log'>, tx: Tx, followed: FollowedRule): Promise<() => void> {
  const row = rowOf(followed)
  const { resource_id: resourceId, name, ...rest } = row
  // A resource that has just been purged can't have rows any more.
  const isThere = await tx.selectFrom('resources').select('id').where('id', '=', resourceId).executeTakeFirst()
  if (isThere && JSON.stringify(row) !== followed.written)
    await tx
      .insertInto('alert_states')
      .values(row)
      .onConflict((clash) => clash.columns(['resource_id', 'name']).doUpdateSet(rest))
      .execute()
  const confirm = isThere ? await writeFirings(ctx, tx, resourceId, followed.rule, followed.firings) : undefined
  return () => {
    confirm?.()
    followed.written = JSON.stringify({ resource_id: resourceId, name, ...rest })
  }
}

/** Keeps a rule's state under its new name. */
export async function renameState(tx: Tx, resourceId: number, name: string, next: string): Promise<void> {
  await tx.deleteFrom('alert_states').where('resource_id', '=', resourceId).where('name', '=', next).execute()
  await tx.updateTable('alert_history').set({ name: next }).where('resource_id', '=', resourceId).where('name', '=', name).execute()
  await tx.updateTable('alert_mutes').set({ name: next }).where('resource_id', '=', resourceId).where('name', '=', name).execute()
  await tx.updateTable('alert_states').set({ name: next }).where('resource_id', '=', resourceId).where('name', '=', name).execute()
}

/** Deletes the state of rules that have other names. */
export async function forgetOthers(db: Db, resourceId: number, names: readonly string[]): Promise<void> {
  const query = db.deleteFrom('alert_states').where('resource_id', '=', resourceId)
  await (names.length === 0 ? query : query.where('name', 'not in', names)).execute()
}
