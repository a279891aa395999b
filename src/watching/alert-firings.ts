/** One time that an alert is on, from its beginning to its end, as it is followed and kept: `alert_history`. */
import type { AlertRule } from '../attributes/alert-rules.ts'
import { describeRule } from '../attributes/alert-rules.ts'
import { isObject, parseJson } from '../base/json.ts'
import type { Micros } from '../base/time.ts'
import type { AlertHistoryRow, Db, Tx } from '../database/schema.ts'
import type { Context } from '../context.ts'
import { endNotes, noteFiring } from './alert-notes.ts'
import type { AlertState } from './alert-state.ts'

/** What people were told of it. */
export interface ToldOf {
  readonly what: 'start' | 'end' | 'escalation'
  readonly time: Micros
  readonly recipients: readonly string[]
  /** Ids of the outgoing messages, by which what became of them is known. */
  readonly messages: readonly number[]
}

interface Extremes {
  readonly lowest: number
  readonly highest: number
}

export interface Firing {
  /** Undefined while it is in memory alone. */
  id: number | undefined
  readonly started: Micros
  ended: Micros | undefined
  extremes: Extremes | undefined
  told: readonly ToldOf[]
  /** When the second group was told. */
  escalated: Micros | undefined
  /** The note that it wrote. */
  noteId: number | undefined
  isWritten: boolean
}

/** The firings of one rule. */
export interface Firings {
  /** Of the values for which the condition holds, before the alert is on too. */
  extremes: Extremes | undefined
  /** The one that is on, or the last one. */
  last: Firing | undefined
  /** Earlier ones that are not written yet. */
  unwritten: Firing[]
}

/** How many firings of one rule are kept; the oldest go. */
const MAX_KEPT = 1_000
/** How many may wait in memory to be written: a controller that catches up may bring thousands at once. */
const MAX_UNWRITTEN = 100

export const noFirings = (): Firings => ({ extremes: undefined, last: undefined, unwritten: [] })

/** Call it whenever the state has taken a value or let time pass. @param value the one that it took */
export function followFiring(firings: Firings, state: AlertState, value?: number | string): void {
  const holds = state.isActive || state.since !== undefined
  if (!holds) firings.extremes = undefined
  else if (typeof value === 'number' && Number.isFinite(value)) firings.extremes = widen(firings.extremes, value)
  const { last } = firings
  if (last && last.ended === undefined && (!state.isActive || last.started !== state.started)) {
    last.ended = state.ended ?? state.started ?? last.started
    last.isWritten = false
  }
  if (!state.isActive || state.started === undefined) return
  if (last?.started !== state.started) {
    if (last && !last.isWritten) firings.unwritten = [...firings.unwritten, last].slice(-MAX_UNWRITTEN)
    const { started } = state
    const isNew = { id: undefined, ended: undefined, told: [], escalated: undefined, noteId: undefined, isWritten: false }
    firings.last = { ...isNew, started, extremes: firings.extremes }
  } else if (last.extremes?.lowest !== firings.extremes?.lowest || last.extremes?.highest !== firings.extremes?.highest) {
    last.extremes = firings.extremes
    last.isWritten = false
  }
}

const widen = (known: Extremes | undefined, value: number): Extremes => ({
  lowest: Math.min(known?.lowest ?? value, value),
  highest: Math.max(known?.highest ?? value, value),
})

const unwrittenOf = ({ last, unwritten }: Firings): Firing[] => [...unwritten, ...(last && !last.isWritten ? [last] : [])]

export const hasUnwritten = (firings: Firings): boolean => unwrittenOf(firings).length > 0

/** Writes what is not written yet. @returns a function to call after the commit */
export async function writeFirings(
  ctx: Pick<Context, 'clock' | 'tree' | 'log'>,
  tx: Tx,
  resourceId: number,
  rule: AlertRule,
  firings: Firings,
): Promise<() => void> {
  const ids = new Map<Firing, { readonly id: number; readonly noteId: number | undefined; readonly text: string }>()
  for (const firing of unwrittenOf(firings)) {
    const columns = columnsOf(firing)
    const noteId = await noteFiring(ctx, tx, resourceId, rule, firing)
    const row = { ...columns, note_id: noteId ?? null }
    const id = firing.id ?? (await insertFiring(tx, resourceId, rule, row))
    if (firing.id !== undefined) await tx.updateTable('alert_history').set(row).where('id', '=', firing.id).execute()
    ids.set(firing, { id, noteId, text: JSON.stringify(columns) })
  }
  return () => {
    for (const [firing, { id, noteId, text }] of ids) {
      firing.id = id
      firing.noteId = noteId
      // It may have gone on meanwhile.
      firing.isWritten = JSON.stringify(columnsOf(firing)) === text
    }
    firings.unwritten = firings.unwritten.filter(({ isWritten }) => !isWritten)
  }
}

type Columns = ReturnType<typeof columnsOf> & { readonly note_id: number | null }

const columnsOf = ({ started, ended, extremes, told, escalated }: Firing) => ({
  start_timestamp: started,
  end_timestamp: ended ?? null,
  lowest: extremes?.lowest ?? null,
  highest: extremes?.highest ?? null,
  told: JSON.stringify(told),
  escalation_timestamp: escalated ?? null,
})

async function insertFiring(tx: Tx, resourceId: number, rule: AlertRule, columns: Columns): Promise<number> {
  const { id } = await tx
    .insertInto('alert_history')
    .values({ resource_id: resourceId, name: rule.name, condition: describeRule(rule), ...columns })
    .returning('id')
    .executeTakeFirstOrThrow()
  const ofRule = tx.selectFrom('alert_history').select('id').where('resource_id', '=', resourceId).where('name', '=', rule.name)
  const spare = await ofRule.orderBy('id', 'desc').offset(MAX_KEPT).limit(1).executeTakeFirst()
  if (spare)
    await tx
      .deleteFrom('alert_history')
      .where('resource_id', '=', resourceId)
      .where('name', '=', rule.name)
      .where('id', '<=', spare.id)
      .execute()
  return id
}

/** Those that the state goes on with after a restart. */
export function firingsOf(row: AlertHistoryRow | undefined, state: AlertState): Firings {
  if (!row || !state.isActive || row.start_timestamp !== state.started || row.end_timestamp !== null) return noFirings()
  const { lowest, highest } = row
  const extremes = lowest === null || highest === null ? undefined : { lowest, highest }
  const escalated = row.escalation_timestamp ?? undefined
  const kept = { id: row.id, told: toldOf(row), escalated, noteId: row.note_id ?? undefined, isWritten: true }
  const last = { ...kept, started: row.start_timestamp, ended: undefined, extremes }
  return { extremes, last, unwritten: [] }
}

/** Those that are on by the record, by the name of their rule. */
export async function findOpen(db: Db, resourceId: number): Promise<ReadonlyMap<string, AlertHistoryRow>> {
  const rows = await db
    .selectFrom('alert_history')
    .selectAll()
    .where('resource_id', '=', resourceId)
    .where('end_timestamp', 'is', null)
    .orderBy('id')
    .execute()
  return new Map(rows.map((row) => [row.name, row]))
}

/** Ends what is on by the record and that nothing follows any more: the rule was changed, turned off or removed. */
export async function closeOpen(db: Db, resourceId: number, followed: ReadonlySet<number>, now: Micros): Promise<void> {
  await endNotes(db, resourceId, followed, now)
  await db
    .updateTable('alert_history')
    .set({ end_timestamp: now })
    .where('resource_id', '=', resourceId)
    .where('end_timestamp', 'is', null)
    .where('id', 'not in', [0, ...followed])
    .execute()
}

/** What was told, as it is recorded. */
export function toldOf({ told }: Pick<AlertHistoryRow, 'told'>): ToldOf[] {
  const list = parseJson(told, 'told')
  return Array.isArray(list) ? list.filter((one): one is ToldOf => isObject(one) && Array.isArray(one['messages'])) : []
}
