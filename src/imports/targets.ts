/** Finds the sequences that the columns of a table go to, or makes them. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { forbidden, invalid, notFound } from '../base/fault.ts'
import { joinPath, splitPath } from '../base/path.ts'
import { quote } from '../base/quote.ts'
import { createResource } from '../resources/creation.ts'
import { canWrite } from '../tree/permissions.ts'
import { findByPath, refuseMissing } from '../tree/finding.ts'
import { findPlace } from '../tree/tree-changes.ts'
import { isFolder, pathOf, type Resource } from '../tree/tree.ts'
import type { TablePlan } from '../tables/plan.ts'
import { seriesName } from '../tables/names.ts'
import type { ValueColumn } from '../tables/value-columns.ts'
import { KEEPS_ALL } from '../wire/new-sequence.ts'
import type { TableSeries } from '../wire/answers.ts'
import { IMAGE, NUMERIC, SEQUENCE, TEXT } from '../wire/resource-types.ts'

export interface Destination {
  /** A sequence for the only column, or a folder for all. */
  readonly path?: string | undefined
  /** A folder, below which each column has a sequence of its name. */
  readonly into?: string | undefined
  /** Of rows that name their series: those that are wanted, each with `=TARGET` where one is named; default: all. */
  readonly columns?: readonly string[] | undefined
  /** Makes sequences that are missing. */
  readonly create: boolean
}

export interface Target {
  readonly path: string
  /** Place of the column in the plan. */
  readonly column: number
  /** Of the rows it takes; empty where columns are series. */
  readonly series: string
  readonly isText: boolean
  readonly units: string | undefined
  /** undefined: it has to be made. */
  sequence: Resource | undefined
}

/** Most sequences that one file brings values for. */
const MAX_TARGETS = 1_000

/**
 * @param series of rows that name theirs, with whether most of their values are text
 * @throws Fault invalid, forbidden, not_found when there is no sequence and none may be made
 */
export function findTargets(ctx: Context, actor: Actor, plan: TablePlan, to: Destination, series: ReadonlyMap<string, boolean>): Target[] {
  const targets = plan.keys
    ? seriesTargets(ctx, actor, plan, to, chooseSeries(series, plan.isCrossed ? [] : (to.columns ?? [])))
    : columnTargets(ctx, actor, plan, to)
  if (targets.length > MAX_TARGETS)
    throw invalid(`The file has ${targets.length} series; an import takes ${MAX_TARGETS}. Name some with --columns.`)
  const twice = targets.find(({ path }, at) => targets.findIndex((other) => other.path === path) !== at)
  if (twice) throw invalid(`Two columns would go to ${twice.path}. Name a sequence for each with --columns HEADER=PATH.`)
  return targets.map((target) => check(ctx, actor, target, to.create))
}

function columnTargets(ctx: Context, actor: Actor, plan: TablePlan, to: Destination): Target[] {
  return plan.columns.map((column, at) => ({
    path: pathFor(ctx, actor, plan, to, column),
    column: at,
    series: '',
    isText: column.isText,
    units: column.units,
    sequence: undefined,
  }))
}

function pathFor(ctx: Context, actor: Actor, plan: TablePlan, to: Destination, column: ValueColumn): string {
  const named = column.target
  if (named?.startsWith('/')) return named
  const found = to.path === undefined ? undefined : findByPath(ctx, actor, to.path)
  const isForFolder = to.into !== undefined || (found ? isFolder(found) : plan.columns.length > 1)
  if (isForFolder) {
    if (found && !isFolder(found)) throw tooMany(plan, to.path ?? '')
    return joinPath(to.into ?? to.path ?? '', named ?? column.name)
  }
  if (to.path === undefined) throw invalid('Name a sequence, or a folder with --into, for the values to go to.')
  if (plan.columns.length > 1) throw tooMany(plan, to.path)
  return to.path
}

function tooMany(plan: TablePlan, path: string): Error {
  const columns = plan.columns.map(({ header, name }) => quote(header || name)).join(', ')
  return invalid(
    `The file has ${plan.columns.length} columns of values (${columns}), and ${path} is one sequence. ` +
      'Choose one with --columns, or name a folder with --into for all.',
  )
}

interface ChosenSeries {
  readonly name: string
  readonly isText: boolean
  readonly target: string | undefined
}

/** @throws Fault invalid naming a series that is not there */
function chooseSeries(series: ReadonlyMap<string, boolean>, wanted: readonly string[]): ChosenSeries[] {
  if (wanted.length === 0) return [...series].map(([name, isText]) => ({ name, isText, target: undefined }))
  return wanted.map((text) => {
    const { name, target } = readWish(series, text)
    const isText = series.get(name)
    if (isText === undefined) {
      const shown = [...series.keys()].slice(0, 20).map(quote).join(', ')
      throw invalid(`--columns names the series ${quote(text)}, which the file has not; it has ${shown}${series.size > 20 ? ', …' : ''}.`)
    }
    return { name, isText, target }
  })
}

/** A series by its name, with `=TARGET` behind it where one is named. */
function readWish(series: ReadonlyMap<string, boolean>, text: string): { name: string; target: string | undefined } {
  const equals = series.has(seriesName([text])) ? -1 : text.lastIndexOf('=')
  if (equals < 0) return { name: seriesName([text]), target: undefined }
  return { name: seriesName([text.slice(0, equals)]), target: text.slice(equals + 1).trim() }
}

/** The series of a file, for people who choose among them: at most as many as an import takes. */
export function listSeries(series: ReadonlyMap<string, boolean>, wanted: readonly string[]): TableSeries[] {
  const taken = new Set(wanted.map((text) => readWish(series, text).name))
  return [...series.keys()].slice(0, MAX_TARGETS).map((name) => ({ name, is_taken: taken.size === 0 || taken.has(name) }))
}

function seriesTargets(ctx: Context, actor: Actor, plan: TablePlan, to: Destination, series: readonly ChosenSeries[]): Target[] {
  const folder = to.into ?? to.path
  if (folder === undefined) throw invalid('Name a folder with --into: the file has several series.')
  const found = findByPath(ctx, actor, folder)
  const isOne = found?.type === SEQUENCE && series.length === 1
  if (plan.isCrossed) return crossedTargets(plan, folder === '/' ? '' : folder, series)
  return series.map(({ name, isText, target }) => ({
    path: target?.startsWith('/') ? target : isOne ? folder : `${folder === '/' ? '' : folder}/${(target ?? name) || 'value'}`,
    column: 0,
    series: name,
    isText,
    units: plan.seriesUnits.get(name) || plan.columns[0]?.units,
    sequence: undefined,
  }))
}

/** A sequence for each column of each series, or for each series where there is one column. */
const crossedTargets = ({ columns }: TablePlan, folder: string, series: readonly ChosenSeries[]): Target[] =>
  series.flatMap(({ name }) =>
    columns.map(({ name: own, target, isText, units }, column) => ({
      path: target?.startsWith('/') ? target : [folder, name, ...(columns.length > 1 || target ? [target ?? own] : [])].join('/'),
      column,
      series: name,
      isText,
      units,
      sequence: undefined,
    })),
  )

function check(ctx: Context, actor: Actor, target: Target, create: boolean): Target {
  const sequence = findByPath(ctx, actor, target.path)
  if (!sequence) {
    const names = splitPath(target.path)
    if (!create)
      throw refuseMissing(
        ctx,
        actor,
        names,
        notFound(`There is no sequence ${target.path}. Have it made with --create, or name another with --columns HEADER=PATH.`),
      )
    findPlace(ctx, actor, names.slice(0, -1), 'path')
    return target
  }
  if (!canWrite(ctx, actor, sequence)) throw forbidden(`You may not change ${pathOf(sequence)}.`)
  if (sequence.type !== SEQUENCE || !sequence.sequence) throw invalid(`${pathOf(sequence)} is not a sequence.`)
  if (sequence.sequence.dataType === IMAGE) throw invalid(`${pathOf(sequence)} holds images, no values.`)
  return { ...target, path: pathOf(sequence), isText: sequence.sequence.dataType === TEXT, sequence }
}

/** Makes the sequence of a target that has none, which keeps every value. @throws Fault as {@link createResource} */
export async function makeSequence(ctx: Context, actor: Actor, target: Target): Promise<Resource> {
  if (target.sequence) return target.sequence
  const names = splitPath(target.path)
  const id = await createResource(ctx, actor, {
    folder: `/${names.slice(0, -1).join('/')}`,
    name: names.at(-1) ?? '',
    type: SEQUENCE,
    systemAttributes: {
      data_type: target.isText ? TEXT : NUMERIC,
      ...KEEPS_ALL,
      ...(target.units === undefined ? {} : { units: target.units }),
    },
  })
  const made = ctx.tree.byId(id)
  if (!made) throw notFound(`${target.path} was removed while it was being filled.`)
  target.sequence = made
  return made
}
