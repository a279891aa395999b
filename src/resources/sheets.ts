/** Reads sheets of workbooks as tables. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { readContent } from '../content/content.ts'
import { MAX_CONVERSION_BYTES } from '../content/spreadsheets.ts'
import type { Resource } from '../tree/tree.ts'
import { readRevision, requireFile } from './files.ts'

export interface SheetContent {
  /** Sheets with something in them, in the order of the workbook. */
  readonly names: readonly string[]
  /** The sheet that was read; undefined: all are empty. */
  readonly shown: string | undefined
  /** That sheet as CSV, with commas. */
  readonly text: string
}

/**
 * A sheet of a workbook, as it is stored.
 * @param options `sheet`: its name, the first unless there is one of that name; `revisionId`: the newest unless given
 * @throws Fault forbidden; not_found without content; invalid when it is no sound workbook; too_large; busy
 */
export async function readSheet(
  ctx: Context,
  actor: Actor,
  file: Resource,
  { sheet, revisionId }: { sheet?: string | undefined; revisionId?: number | undefined },
): Promise<SheetContent> {
  requireFile(file)
  const bytes = await readContent(ctx, await readRevision(ctx, actor, file, revisionId), MAX_CONVERSION_BYTES)
  const names = await ctx.conversions.sheetNames(bytes, file.name)
  const shown = names.find((name) => name === sheet) ?? names[0]
  const table = shown === undefined ? undefined : await ctx.conversions.convert({ to: 'csv', sheet: shown, bytes }, file.name)
  return { names, shown, text: table === undefined ? '' : new TextDecoder().decode(table) }
}
