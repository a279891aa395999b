/** Rows of new files, sequences and folders, which several callers write by the same few statements. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import type { Engine } from '../engine.ts'
import type { ResourceRow, Tx } from '../database/schema.ts'
import { sideBySide } from '../database/side-by-side.ts'
import { recordNewFiles, type PreparedFile } from '../content/intake.ts'
import { explainTaken, newRow, type NewResource } from '../tree/resource-records.ts'
import { findPlace, requireReachable } from '../tree/tree-changes.ts'
import { BASIC_FOLDER, FILE, SEQUENCE } from '../wire/resource-types.ts'
import { requireUntaken } from './taken-names.ts'

export interface NewRows {
  readonly row: Omit<ResourceRow, 'id'>
  /** Of a file, oldest first. */
  readonly revisions: readonly PreparedFile[]
}

/** What is made by its own row and its revisions alone. */
const PLAIN: ReadonlySet<number> = new Set([BASIC_FOLDER, FILE, SEQUENCE])

/**
 * The rows of a new resource, where they are all that it takes.
 * @returns undefined: folders above it are missing, its organization has a quota, or its type needs more
 * @throws Fault forbidden, invalid, conflict
 */
export function planRows(
  ctx: Context,
  actor: Actor,
  folder: readonly string[],
  resource: Omit<NewResource, 'parent'>,
  revisions: readonly PreparedFile[],
): NewRows | undefined {
  const { folder: parent, missing } = findPlace(ctx, actor, folder, 'path')
  requireUntaken(ctx, folder, resource.name)
  if (!parent || missing.length > 0 || !PLAIN.has(resource.type)) return undefined
  if (ctx.tree.byId(parent.organizationId)?.quota !== undefined) return undefined
  requireReachable(parent, resource.name, 'path')
  return { row: newRow(ctx, { ...resource, ...ofNewest(resource, revisions), parent }), revisions }
}

/** The hash and the size of a file's newest revision are among its attributes. */
export function ofNewest(
  { systemAttributes }: Pick<NewResource, 'systemAttributes'>,
  revisions: readonly PreparedFile[],
): Pick<NewResource, 'systemAttributes'> {
  const newest = revisions.at(-1)?.content
  if (!newest) return systemAttributes ? { systemAttributes } : {}
  return { systemAttributes: { ...systemAttributes, hash: newest.hash, size: newest.size } }
}

/** @throws Fault conflict when it is one, and its name is taken; what the database throws */
export async function insertNewRows({ takeIds }: Pick<Engine, 'takeIds'>, tx: Tx, additions: readonly NewRows[]): Promise<ResourceRow[]> {
  const ids = await takeIds(tx, {
    resources: additions.length,
    revisions: additions.reduce((sum, { revisions }) => sum + revisions.length, 0),
  })
  let taken = 0
  const made = additions.map(({ row, revisions }, at) => {
    const id = ids.resources[at] ?? 0
    const revisionIds = ids.revisions.slice(taken, (taken += revisions.length))
    return {
      row: { ...row, id, last_revision_id: revisionIds.at(-1) ?? null },
      file: { resourceId: id, time: row.modification_timestamp, revisions, ids: revisionIds },
    }
  })
  const rows = made.map(({ row }) => row)
  try {
    await sideBySide(tx, [
      async (own) => void (await own.insertInto('resources').values(rows).execute()),
      (own) =>
        recordNewFiles(
          own,
          made.map(({ file }) => file),
        ),
    ])
  } catch (error) {
    const [only, another] = rows
    throw only && !another ? explainTaken(error, only.name) : error
  }
  return rows
}
