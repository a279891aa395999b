/** Plans what becomes of the original's resources: places, names and attributes. The same source gives the same plan. */
import type { ResourceInsert } from '../database/schema.ts'
import { defaultMaxHistory } from '../attributes/sequence-spec.ts'
import {
  FILE,
  IMAGE,
  ORGANIZATION_FOLDER,
  SEQUENCE,
  TEXT,
  dataTypeNumber,
  resourceTypeNames,
  type DataType,
} from '../wire/resource-types.ts'
import type { Micros } from '../base/time.ts'
import { permissionsOf, systemAttributesOf, userAttributesOf } from './attributes.ts'
import type { Findings } from './findings.ts'
import { fitName, freeName } from './names.ts'
import { flag, idOf, integer, isSet, NO_ID, shownIn, text, time, type Row, type ServerDatabase } from './source.ts'
import { requiredTime } from './times.ts'

export interface PlannedResource {
  readonly id: number
  readonly parent: PlannedResource | undefined
  readonly type: number
  /** Of sequences. */
  readonly dataType: DataType | undefined
  readonly path: string
  readonly row: ResourceInsert & { readonly id: number }
  /** Below which its contents are in the original's bulk storage, without the number of the revision. */
  readonly storagePrefix: string
  /** Of sequences: how many values are kept. */
  readonly maxHistory: number
}

export interface ResourcePlan {
  /** Parents before what is in them. */
  readonly resources: readonly PlannedResource[]
  readonly byId: ReadonlyMap<number, PlannedResource>
  /** How many the source has. */
  readonly there: number
  /** Ids beyond it were given here. */
  readonly lastId: number
  /** Names of live resources by the id of their folder; 0 stands for the root. */
  readonly names: ReadonlyMap<number, Set<string>>
}

export interface PlanOptions {
  readonly now: Micros
  readonly keepsZones: boolean
}

/** Places by the ids of folders, of which none is so. */
const [ROOT, NOWHERE] = [0, -1]

export async function planResources(source: ServerDatabase, findings: Findings, options: PlanOptions): Promise<ResourcePlan> {
  const rows = new Map<number, Row>()
  let there = 0
  for await (const batch of source.rows('resources'))
    for (const row of batch) {
      there++
      const id = idOf(row)
      if (id !== undefined) rows.set(id, row)
      else findings.leave(`resource ${isSet(row, 'id') ? shownIn(row, 'id').slice(1, -1) : '?'} (${text(row, 'name') ?? ''})`, NO_ID)
    }
  const below = new Map<number, number[]>()
  for (const [id, row] of rows) {
    const parent = isSet(row, 'parent_id') ? integer(row, 'parent_id') || NOWHERE : ROOT
    const list = below.get(parent)
    if (list) list.push(id)
    else below.set(parent, [id])
  }
  const planner = new Planner(rows, below, findings, options)
  planner.planFolder(undefined)
  for (const [id, row] of rows)
    if (!planner.isSeen(id))
      findings.leave(
        `resource ${id} (${text(row, 'name') ?? ''})`,
        `is in the folder ${integer(row, 'parent_id') ?? shownIn(row, 'parent_id')}, which is not there, or inside of itself`,
      )
  let lastId = 0
  for (const id of planner.byId.keys()) lastId = Math.max(lastId, id)
  return { resources: planner.resources, byId: planner.byId, there, lastId, names: planner.names }
}

class Planner {
  readonly resources: PlannedResource[] = []
  readonly byId = new Map<number, PlannedResource>()
  readonly names = new Map<number, Set<string>>()
  readonly #seen = new Set<number>()
  readonly #rows: ReadonlyMap<number, Row>
  readonly #below: ReadonlyMap<number, readonly number[]>
  readonly #findings: Findings
  readonly #options: PlanOptions

  constructor(rows: ReadonlyMap<number, Row>, below: ReadonlyMap<number, readonly number[]>, findings: Findings, options: PlanOptions) {
    this.#rows = rows
    this.#below = below
    this.#findings = findings
    this.#options = options
  }

  isSeen(id: number): boolean {
    return this.#seen.has(id)
  }

  /** Plans all that is in a folder, without recursion: folders may be nested deeply. */
  planFolder(top: PlannedResource | undefined): void {
    const waiting: (PlannedResource | undefined)[] = [top]
    for (;;) {
      if (waiting.length === 0) return
      const folder = waiting.pop()
      const inside = (this.#below.get(folder?.id ?? ROOT) ?? []).toSorted((a, b) => b - a)
      const names = this.#namesOf(inside, folder === undefined)
      this.names.set(folder?.id ?? ROOT, new Set(names.values()))
      for (const id of inside) {
        const planned = this.#plan(id, folder, names)
        if (planned) waiting.push(planned)
      }
    }
  }

  /** The names that live resources of a folder get, by their ids. @param ids newest first */
  #namesOf(ids: readonly number[], isRoot: boolean): Map<number, string> {
    const names = new Map<number, string>()
    const taken = new Set<string>()
    const others: number[] = []
    const take = (id: number, name: string): void => {
      names.set(id, name)
      taken.add(name)
    }
    for (const id of ids) {
      const row = this.#rows.get(id)
      if (!row || flag(row, 'deleted') || !isKnown(row)) continue
      // Who can keep a name keeps it, whoever else would get it. The newest of a name does, as with the original's own tool.
      const given = text(row, 'name') ?? ''
      const { name } = fitName(given, id, isRoot)
      if (name === given && !taken.has(name)) take(id, name)
      else others.push(id)
    }
    for (const id of others) {
      const { name } = fitName(text(this.#rows.get(id) ?? {}, 'name') ?? '', id, isRoot)
      take(id, taken.has(name) ? freeName(name, id, taken) : name)
    }
    return names
  }

  #plan(id: number, parent: PlannedResource | undefined, names: ReadonlyMap<number, string>): PlannedResource | undefined {
    const row = this.#rows.get(id)
    if (!row) return undefined
    this.#seen.add(id)
    const type = integer(row, 'type') ?? -1
    const given = text(row, 'name') ?? ''
    const place = parent?.path ?? ''
    if (!isKnown(row)) {
      this.#leaveTree(id, `${place}/${given}`, `has the unknown type ${type}`)
      return undefined
    }
    const isDeleted = flag(row, 'deleted')
    const name = this.#nameOf(id, given, place, parent === undefined, names.get(id))
    const path = `${place}/${name}`
    const attributes = systemAttributesOf(row, type, path, this.#findings, this.#options.keepsZones)
    const dataType = type === SEQUENCE ? dataTypeNumber(attributes['data_type']) : undefined
    const changed = time(row, 'modification_timestamp')
    const nearest =
      changed === undefined
        ? { time: this.#options.now, words: 'that of this import' }
        : { time: changed, words: 'that of its last change' }
    const created = requiredTime(row, 'creation_timestamp', nearest, this.#findings, path)
    const root = rootOf(parent)
    const keepsRevision = dataType === undefined || dataType === IMAGE
    const maxHistory = Number(attributes['max_history'] ?? defaultMaxHistory(dataType ?? TEXT))
    const planned: PlannedResource = {
      id,
      parent,
      type,
      dataType,
      path,
      row: {
        id,
        parent_id: parent?.id ?? null,
        organization_id: root?.id ?? (type === ORGANIZATION_FOLDER ? id : null),
        name,
        type,
        permissions: permissionsOf(row, path, this.#findings),
        system_attributes: JSON.stringify(attributes),
        user_attributes: userAttributesOf(row, path, this.#findings),
        creation_timestamp: created,
        modification_timestamp:
          changed ?? requiredTime(row, 'modification_timestamp', { time: created, words: 'that of its creation' }, this.#findings, path),
        last_revision_id: keepsRevision ? (integer(row, 'last_revision_id') ?? null) : null,
        deleted: isDeleted ? 1 : 0,
        // It can be brought back for as long as if it had been deleted now.
        deletion_timestamp: isDeleted ? this.#options.now : null,
      },
      storagePrefix: storagePrefixOf(integer(row, 'organization_id') ?? root?.id ?? id, id),
      maxHistory: Number.isFinite(maxHistory) ? maxHistory : defaultMaxHistory(dataType ?? TEXT),
    }
    this.resources.push(planned)
    this.byId.set(id, planned)
    return planned
  }

  /** @param live the name of a live one; undefined for a deleted one, beside which the name may be in use */
  #nameOf(id: number, given: string, place: string, isRoot: boolean, live: string | undefined): string {
    const { name, problem } = fitName(given, id, isRoot)
    const final = live ?? name
    if (final !== given) {
      const reason = problem ?? (final !== name ? 'is the name of a newer one in the same folder' : 'can not be written')
      this.#findings.rename({ what: 'resource', from: `${place}/${given}`, to: `${place}/${final}`, reason })
    }
    return final
  }

  #leaveTree(id: number, path: string, problem: string): void {
    this.#findings.leave(path, problem)
    const waiting = [id]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      this.#seen.add(next)
      for (const child of this.#below.get(next) ?? []) {
        if (this.#seen.has(child)) continue
        this.#findings.leave(`resource ${child} (${text(this.#rows.get(child) ?? {}, 'name') ?? ''})`, `is in ${path}, which ${problem}`)
        waiting.push(child)
      }
    }
  }
}

const isKnown = (row: Row): boolean => resourceTypeNames[integer(row, 'type') ?? -1] !== undefined

function rootOf(resource: PlannedResource | undefined): PlannedResource | undefined {
  let root = resource
  while (root?.parent) root = root.parent
  return root
}

/** As the original names contents: `12/000/004/711/4711`. */
function storagePrefixOf(organizationId: number, id: number): string {
  const digits = String(id).padStart(9, '0')
  return `${organizationId}/${digits.slice(-9, -6)}/${digits.slice(-6, -3)}/${digits.slice(-3)}/${id}`
}

/** When a revision was made; of a file without a time that can be read, when the file was changed last, so that its content comes along. */
export const timeOfRevision = ({ type, row }: PlannedResource, revision: Row): Micros | undefined =>
  time(revision, 'timestamp') ?? (type === FILE ? row.modification_timestamp : undefined)
