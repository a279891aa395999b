/** Opens an export: a table of values, written in a format while it is read. */
import type { Context } from '../context.ts'
import { recordExport } from '../sequences/export-records.ts'
import type { Actor } from '../tree/actor.ts'
import type { ExportFormat } from '../wire/export-formats.ts'
import { encodeParquet } from './parquet.ts'
import type { ExportPlan, SummaryPlan } from './plan.ts'
import { longSummaries, wideSummaries } from './summary-tables.ts'
import type { Table } from './table.ts'
import { encodeCsv, encodeLines, encodeRows, encodeSemicolonCsv } from './text-files.ts'
import { longValues, wideValues } from './value-tables.ts'
import { encodeWorkbook } from './workbook.ts'

export interface Export {
  readonly content: AsyncIterable<Uint8Array>
  readonly mediaType: string
  /** Of the file, without a dot. */
  readonly extension: string
}

const KINDS: Record<ExportFormat, Pick<Export, 'mediaType' | 'extension'>> = {
  csv: { mediaType: 'text/csv; charset=utf-8', extension: 'csv' },
  'csv-semicolon': { mediaType: 'text/csv; charset=utf-8', extension: 'csv' },
  xlsx: { mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', extension: 'xlsx' },
  ndjson: { mediaType: 'application/x-ndjson', extension: 'ndjson' },
  json: { mediaType: 'application/json', extension: 'json' },
  parquet: { mediaType: 'application/vnd.apache.parquet', extension: 'parquet' },
}

/** What an export takes in memory while it is made: values that are read ahead, rows, and what packs them. */
const EXPORT_BYTES = { plain: 2_500_000, packed: 4_000_000 } as const

/** The export of a plan whose sequences the actor may read. It is noted in the audit trail. */
export async function openExport(ctx: Context, actor: Actor, plan: ExportPlan, format: ExportFormat): Promise<Export> {
  ctx.answer?.holds(EXPORT_BYTES[format === 'xlsx' || format === 'parquet' ? 'packed' : 'plain'])
  for (const sequence of plan.sequences) recordExport(ctx, actor, sequence)
  const offsetAt: Table['offsetAt'] = plan.isLocal ? (time) => plan.zone.offsetAt(time) : () => 0
  return { ...KINDS[format], content: await encode({ ...tableOf(ctx, actor, plan), offsetAt }, ctx, format) }
}

function tableOf(ctx: Context, actor: Actor, plan: ExportPlan): Pick<Table, 'columns' | 'batches'> {
  if (isSummary(plan)) return plan.layout === 'long' ? longSummaries(ctx, actor, plan) : wideSummaries(ctx, actor, plan)
  return plan.layout === 'long' ? longValues(ctx, actor, plan) : wideValues(ctx, actor, plan)
}

const isSummary = (plan: ExportPlan): plan is SummaryPlan => plan.interval !== undefined

async function encode(table: Table, { turns }: Context, format: ExportFormat): Promise<AsyncIterable<Uint8Array>> {
  switch (format) {
    case 'csv':
      return encodeCsv(table)
    case 'csv-semicolon':
      return encodeSemicolonCsv(table)
    case 'ndjson':
      return encodeLines(table)
    case 'json':
      return encodeRows(table)
    case 'parquet':
      return encodeParquet(table, turns)
    case 'xlsx':
      return encodeWorkbook(table, turns)
  }
}
