/** `rhizo seq`: sequences and their values. */
import { define as defineCalibrate } from './seq/calibrate.ts'
import { define as defineClear } from './seq/clear.ts'
import { define as defineCreate } from './seq/create.ts'
import { define as defineDelete } from './seq/delete.ts'
import { define as defineExport } from './seq/export.ts'
import { define as defineGet } from './seq/get.ts'
import { define as defineImport } from './seq/import.ts'
import { define as defineInfo } from './seq/info.ts'
import { define as defineList } from './seq/list.ts'
import { define as defineMask } from './seq/mask.ts'
import { define as definePlot } from './seq/plot.ts'
import { define as defineSet } from './seq/set.ts'
import { define as defineShift } from './seq/shift.ts'
import { define as defineTail } from './seq/tail.ts'
import { define as defineUpdate } from './seq/update.ts'
import type { CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  const seq = program.command('seq').description('Sequences: values with their times.')
  for (const defineOne of [
    defineCreate,
    defineSet,
    defineList,
    defineInfo,
    defineUpdate,
    defineGet,
    defineTail,
    definePlot,
    defineImport,
    defineExport,
    defineMask,
    defineCalibrate,
    defineShift,
    defineDelete,
    defineClear,
  ])
    defineOne(seq)
}
