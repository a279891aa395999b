/** `NAME.dashboard`: tiles and variables as people write them in YAML. Parsed whole, with the line of what is wrong. */
import { invalid } from '../base/fault.ts'
import { parseDuration, DURATION_FORMS } from '../base/duration.ts'
import { isObject } from '../base/json.ts'
import type { YamlPath } from '../base/lined-yaml.ts'
import { quote } from '../base/path.ts'
import type { WrongPlace, YamlReader } from '../base/yaml-reader.ts'
import { COLUMNS, MAX_HEIGHT, MAX_ROW, type Place, type TileSetting } from '../wire/dashboard-answers.ts'
import { findSpot } from './grid.ts'
import { pathProblem, requirePlainPath } from './path-forms.ts'
import type { Settings, TileKind } from './tile-kind.ts'
import { missingKind } from './tile-kinds.ts'

export const DASHBOARD_ENDING = '.dashboard'
/** The dashboard on which a folder opens. */
export const INDEX_DASHBOARD = 'index.dashboard'
export const MAX_DASHBOARD_BYTES = 200_000
export const MAX_TILES = 60
const MAX_VARIABLES = 5
/** Sequences that one tile names. */
const MAX_PATHS = 50
const LONGEST = { title: 200, note: 500, label: 100, text: 20_000 } as const

export interface Tile {
  readonly kind: TileKind
  readonly title: string | undefined
  readonly place: Place
  readonly settings: Settings
}

/** What a reader chooses: a folder, of those that fit. */
export interface Variable {
  readonly name: string
  readonly label: string
  /** A path, whose levels may have stars. */
  readonly folders: string
  /** The folder that is chosen first. */
  readonly start: string | undefined
}

export interface Dashboard {
  readonly title: string | undefined
  readonly note: string | undefined
  readonly variables: readonly Variable[]
  readonly tiles: readonly Tile[]
}

export const isDashboardName = (name: string): boolean => name.toLowerCase().endsWith(DASHBOARD_ENDING)

const FIELDS = ['title', 'note', 'variables', 'tiles']
const VARIABLE_FIELDS = ['folders', 'start', 'label']
const PLACE_FIELDS = ['x', 'y', 'width', 'height']
/** Names that the address of the page uses for other things. */
const TAKEN_NAMES = new Set(['view', 'rev', 'wall', 'edit', 'tiles', 'room', 'page', 'width', 'download'])

/**
 * @param kinds of tiles, by name
 * @throws Fault invalid, with the line and the member
 */
export async function parseDashboard(yaml: YamlReader, text: string, kinds: ReadonlyMap<string, TileKind>): Promise<Dashboard> {
  if (Buffer.byteLength(text) > MAX_DASHBOARD_BYTES) throw invalid(`The dashboard is larger than ${MAX_DASHBOARD_BYTES} bytes.`)
  return yaml.read(text, (content, wrong) => new Reader(content, wrong, kinds).read())
}

class Reader {
  readonly #content: unknown
  readonly #wrong: WrongPlace
  readonly #kinds: ReadonlyMap<string, TileKind>
  #variables: readonly Variable[] = []

  constructor(content: unknown, wrong: WrongPlace, kinds: ReadonlyMap<string, TileKind>) {
    this.#content = content
    this.#wrong = wrong
    this.#kinds = kinds
  }

  read(): Dashboard {
    const content = this.#content
    if (content === null || content === undefined) return { title: undefined, note: undefined, variables: [], tiles: [] }
    if (!isObject(content)) throw this.#wrong([], `a dashboard has the members ${FIELDS.join(', ')}`)
    this.#requireKnown(content, FIELDS, [], 'a dashboard')
    const title = this.#text(content, 'title', [])
    const note = this.#text(content, 'note', [])
    this.#variables = this.#readVariables(content['variables'] ?? {})
    const tiles = content['tiles'] ?? []
    if (!Array.isArray(tiles)) throw this.#wrong(['tiles'], 'tiles must be a list, each tile with its kind')
    if (tiles.length > MAX_TILES) throw this.#wrong(['tiles'], `there are ${tiles.length} tiles; at most ${MAX_TILES} are shown`)
    const read: Tile[] = []
    for (const [at, tile] of tiles.entries()) read.push(this.#readTile(tile, ['tiles', at], read))
    return { title, note, variables: this.#variables, tiles: read }
  }

  #readVariables(variables: unknown): Variable[] {
    const at = ['variables']
    if (!isObject(variables)) throw this.#wrong(at, 'variables must name each variable and its folders, such as "house: /lab/houses/*"')
    const entries = Object.entries(variables)
    if (entries.length > MAX_VARIABLES) throw this.#wrong(at, `there are more than ${MAX_VARIABLES} variables`)
    return entries.map(([name, given]) => {
      const place = [...at, name]
      if (!/^[a-z][a-z0-9_]{0,30}$/i.test(name))
        throw this.#wrong(place, `${quote(name)} is no name of a variable: use letters, digits and _, beginning with a letter`)
      if (TAKEN_NAMES.has(name)) throw this.#wrong(place, `${quote(name)} is used by the page's address: choose another name`)
      const one = typeof given === 'string' ? { folders: given } : given
      if (!isObject(one)) throw this.#wrong(place, `${name} must say which folders can be chosen, such as "/lab/houses/*"`)
      this.#requireKnown(one, VARIABLE_FIELDS, place, 'a variable')
      const folders = this.#text(one, 'folders', place)
      if (folders === undefined) throw this.#wrong(place, `${name} must have folders that can be chosen, such as "/lab/houses/*"`)
      const start = this.#text(one, 'start', place)
      for (const [field, path] of Object.entries({ folders, ...(start === undefined ? {} : { start }) })) {
        const problem = pathProblem(path, [], field === 'folders')
        if (problem !== undefined) throw this.#wrong(typeof given === 'string' ? place : [...place, field], `${field}: ${problem}`)
      }
      return { name, label: this.#text(one, 'label', place) ?? name, folders, start }
    })
  }

  #readTile(tile: unknown, at: YamlPath, before: readonly Tile[]): Tile {
    const known = [...this.#kinds.keys()].join(', ')
    if (!isObject(tile)) throw this.#wrong(at, `a tile must have a kind: ${known}`)
    const name = this.#text(tile, 'kind', at)
    if (name === undefined) throw this.#wrong(at, `a tile must have a kind: ${known}`)
    const kind = this.#kinds.get(name) ?? missingKind(name)
    if (!kind) throw this.#wrong([...at, 'kind'], `there is no kind of tile ${quote(name)}; known: ${known}`)
    const [title, place] = [this.#text(tile, 'title', at), this.#readPlace(tile['place'], kind, at, before)]
    if (kind.isMissing) {
      const { kind: _, title: __, place: ___, ...settings } = tile
      return { kind, title, place, settings }
    }
    const fields = ['kind', 'title', 'place', ...kind.settings.map((setting) => setting.name)]
    this.#requireKnown(tile, fields, at, `a tile of the kind ${name}`)
    const settings: Record<string, unknown> = {}
    for (const setting of kind.settings) {
      const value = this.#readSetting(tile, setting, at)
      if (value !== undefined) settings[setting.name] = value
    }
    return { kind, title, place, settings }
  }

  #readSetting(tile: Readonly<Record<string, unknown>>, { name, type, isRequired, most = 1_000 }: TileSetting, at: YamlPath): unknown {
    const value = tile[name]
    const place = [...at, name]
    if (value === undefined || value === null) {
      if (isRequired === true) throw this.#wrong(at, `${name} is missing`)
      return undefined
    }
    if (type === 'sequences') {
      const paths: unknown[] = Array.isArray(value) ? value : [value]
      if (paths.length === 0 && isRequired === true) throw this.#wrong(place, `${name} names no sequence`)
      if (paths.length > MAX_PATHS) throw this.#wrong(place, `${name} has more than ${MAX_PATHS} paths`)
      return paths.map((path, index) => this.#path(path, name, Array.isArray(value) ? [...place, index] : place, true))
    }
    if (type === 'sequence' || type === 'folder') return this.#path(value, name, place, false)
    if (type === 'count') {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most)
        throw this.#wrong(place, `${name} must be a whole number from 1 to ${most}`)
      return value
    }
    if (type === 'range') {
      const text = typeof value === 'number' ? `${value}` : value
      const length = typeof text === 'string' ? parseDuration(text) : undefined
      if (length === undefined || length <= 0) throw this.#wrong(place, `${name} must be a time: ${DURATION_FORMS}`)
      return text
    }
    return this.#text(tile, name, at)
  }

  #path(value: unknown, name: string, at: YamlPath, hasStars: boolean): string {
    if (typeof value !== 'string' || value.trim() === '')
      throw this.#wrong(at, `${name} must be a path, such as "/lab/house/temperature" or "temperature"`)
    const problem = pathProblem(
      value,
      this.#variables.map((variable) => variable.name),
      hasStars,
    )
    if (problem !== undefined) throw this.#wrong(at, `${name}: ${problem}`)
    return requirePlainPath(value)
  }

  #readPlace(place: unknown, { size }: TileKind, tile: YamlPath, before: readonly Tile[]): Place {
    if (place === undefined || place === null) return findSpot(before, size)
    const at = [...tile, 'place']
    if (!isObject(place)) throw this.#wrong(at, 'place must be such as { x: 0, y: 0, width: 6, height: 4 }')
    this.#requireKnown(place, PLACE_FIELDS, at, 'a place')
    const count = (field: 'x' | 'y' | 'width' | 'height', least: number, most: number, otherwise: number): number => {
      const value = place[field] ?? otherwise
      if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
      throw this.#wrong([...at, field], `${field} must be a whole number from ${least} to ${most}`)
    }
    const width = count('width', 1, COLUMNS, size.width)
    const x = count('x', 0, COLUMNS - width, 0)
    return { x, y: count('y', 0, MAX_ROW, 0), width, height: count('height', 1, MAX_HEIGHT, size.height) }
  }

  #text(holder: Readonly<Record<string, unknown>>, field: string, at: YamlPath): string | undefined {
    const value = holder[field]
    if (value === undefined || value === null) return undefined
    // YAML reads a title of digits as a number.
    const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
    if (typeof text !== 'string') throw this.#wrong([...at, field], `${field} must be text`)
    const most = Object.entries(LONGEST).find(([name]) => name === field)?.[1] ?? LONGEST.title
    if (text.length > most) throw this.#wrong([...at, field], `${field} is longer than ${most} characters`)
    return text.trim() === '' ? undefined : text
  }

  #requireKnown(holder: Readonly<Record<string, unknown>>, fields: readonly string[], at: YamlPath, what: string): void {
    for (const name of Object.keys(holder))
      if (!fields.includes(name)) throw this.#wrong([...at, name], `${quote(name)} means nothing in ${what}; known: ${fields.join(', ')}`)
  }
}
