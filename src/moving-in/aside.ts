/** Text sequences beside numeric ones, for values of the original that are no numbers. */
import type { ResourceInsert } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import type { Engine } from '../engine.ts'
import type { SequenceRef } from '../storage/sequence-store.ts'
import { SEQUENCE, TEXT } from '../wire/resource-types.ts'
import { freeName } from './names.ts'
import type { PlannedResource, ResourcePlan } from './plan-resources.ts'

/** As many as a numeric sequence has by default. */
const MAX_HISTORY = 100_000

/** Where a sequence's texts go: the same in each run. */
export function asideOf(
  { names }: Pick<ResourcePlan, 'names'>,
  { id, parent, row, path }: PlannedResource,
): { name: string; path: string } {
  const wanted = `${row.name} (text)`
  const taken = names.get(parent?.id ?? 0)
  const name = taken?.has(wanted) || Buffer.byteLength(wanted) > 250 ? freeName(row.name, id, taken ?? new Set()) : wanted
  return { name, path: `${path.slice(0, path.length - row.name.length)}${name}` }
}

/** Only one that was made here: something deleted of the original may have the same name. */
const findAside = (engine: Engine, { lastId }: Pick<ResourcePlan, 'lastId'>, sequence: PlannedResource, name: string) =>
  engine.database
    .selectFrom('resources')
    .select('id')
    .where('parent_id', sequence.row.parent_id === null ? 'is' : '=', sequence.row.parent_id ?? null)
    .where('name', '=', name)
    .where('id', '>', lastId)
    .where('type', '=', SEQUENCE)
    .executeTakeFirst()

/** @returns the sequence for the texts, which is made when it is not there */
export async function makeAside(
  engine: Engine,
  plan: Pick<ResourcePlan, 'lastId' | 'names'>,
  sequence: PlannedResource,
): Promise<SequenceRef> {
  const { name } = asideOf(plan, sequence)
  const found = await findAside(engine, plan, sequence, name)
  if (found) return { id: found.id, isText: true }
  const { id: _, ...row } = sequence.row
  const values: ResourceInsert = {
    ...row,
    name,
    permissions: sequence.row.permissions ?? null,
    system_attributes: JSON.stringify({ data_type: TEXT, max_history: MAX_HISTORY }),
    user_attributes: '{}',
    last_revision_id: null,
  }
  const made = await transact({ engine }, (tx) => tx.insertInto('resources').values(values).returning('id').executeTakeFirstOrThrow())
  return { id: made.id, isText: true }
}

/** The sequence for the texts; undefined when there is none. */
export async function lookForAside(
  engine: Engine,
  plan: Pick<ResourcePlan, 'lastId' | 'names'>,
  sequence: PlannedResource,
): Promise<SequenceRef | undefined> {
  const found = await findAside(engine, plan, sequence, asideOf(plan, sequence).name)
  return found && { id: found.id, isText: true }
}
