/** What the lines above the rows of a table are: names of its columns, their units, how they were processed, or neither. */
import { isComment, kindOf } from './dialect.ts'
import { nameColumn } from './names.ts'
import { NumberReader } from './numbers.ts'
import type { TableRecord } from './records.ts'

const PROCESSING = /^(?:smp|avg|max|min|tot|std|sd|tmx|tmn|samples?|average|mean|minimum|maximum|total)$/i
const FORMAT = /^\d+[sdn]$/i
const UNIT = /^(?:[°℃℉%µuVAWKkmM°C\w/²³^·*.-]{1,10}|Deg ?[CFK]|deg ?[cfkCFK]|[a-z]{1,4}\/[a-z]{1,4}²?|\(.*\)|\[.*\])$/

export const filled = ({ fields }: TableRecord): number => fields.filter((field) => field.trim() !== '').length

/** A row of one unit, or of names of which the time has none; a title stands in the first cell. */
export const isSparse = (record: TableRecord, width: number): boolean =>
  record.fields.length === width && filled(record) > 0 && (record.fields[0]?.trim() === '' || looksLikeUnits(record))

/** Words in front of a line that say what it is, as loggers of Delta-T write them. */
const [SAYS_NAMES, SAYS_UNITS, SAYS_ELSE] = [
  /^(?:labels?|names?|sensors?|channel names?|parameters?|bezeichnung)\s*:?$/i,
  /^(?:units?|einheit(?:en)?|unit[ée]s?|unidad(?:es)?)\s*:?$/i,
  /^(?:channels?|ch|kanal|types?|min(?:imum)?|max(?:imum)?|serial ?(?:no|number)?|s\/n)\s*[.:]?$/i,
]
export const saysUnits = ({ fields }: TableRecord): boolean => SAYS_UNITS.test(fields[0]?.trim() ?? '')

/** The line of units among those below the names: one that says so, that looks like it, or that has units where the names are none. */
export const unitsAmong = (below: readonly TableRecord[], names: TableRecord | undefined): TableRecord | undefined =>
  below.find((record) => saysUnits(record)) ??
  below.find((record) => looksLikeUnits(record)) ??
  below.find((record) => names !== undefined && standsBelow(record, names))

/**
 * Names that stand twice, told apart by a line above them: a name of it counts for the columns behind it, too, as in merged cells.
 * @param above the lines above the names, the nearest last
 * @returns undefined where no name stands twice, or no line tells them apart
 */
export function groupNames(
  fields: readonly string[],
  above: readonly TableRecord[],
): { readonly fields: string[]; readonly line: number } | undefined {
  const isDistinct = (names: readonly string[]): boolean => new Set(names).size === names.length
  const given = fields.map((field) => field.trim())
  if (isDistinct(given.filter((field) => field !== ''))) return undefined
  for (const { fields: groups, line } of [...above].reverse()) {
    if (groups.length !== given.length) continue
    let group = ''
    const joined = given.map((name, at) => {
      const own = (groups[at] ?? '').trim()
      if (own !== '') group = at === 0 || SAYS_NAMES.test(own) || SAYS_UNITS.test(own) ? '' : own
      if (name === '') return own
      return group === '' || OF_TIME.test(name) ? name : grouped(group, name)
    })
    if (isDistinct(joined.filter((name) => name !== ''))) return { fields: joined, line }
  }
  return undefined
}

/** The line of names: the one that says so, or else the last one that does not stand below names. */
export function namesIn(block: readonly TableRecord[], numbers: NumberReader): TableRecord | undefined {
  const first = (record: TableRecord): string => record.fields[0]?.trim() ?? ''
  const told = block.find((record) => SAYS_NAMES.test(first(record)))
  if (told && block.some((record) => SAYS_UNITS.test(first(record)) || SAYS_ELSE.test(first(record)))) return told
  return [...block].reverse().find((record, at) => {
    if (isBelowNames(record, numbers)) return false
    const above = block[block.length - 2 - at]
    return !(above && standsBelow(record, above))
  })
}

/** Units in front of a name go behind both. */
function grouped(group: string, name: string): string {
  const { name: own, units } = nameColumn(name)
  return units === undefined || own === '' || /[([]/.test(name) ? `${group} ${name}` : `${group} ${own} (${units})`
}

export const saysTimeAlone = (field: string): boolean => TIME_NAME.test(field.trim())

/** The name of a time, whatever else it says. */
const OF_TIME = /time|date|datum|zeit|fecha|hora|heure|utc/i
/** What units are made with: `umol/s/m2`, `umol m-2 s-1`, `W+1m-2`, `degree_C`. */
const PER = String.raw`(?:[cmk]?m|s|sec|h|hr|min|d|day|m?[lL]|[mk]?g|mol|ft|ha|yr|K)`
const COMPOSED = new RegExp(
  String.raw`^[\p{L}°µ%]{1,6}[²³\d]?(?:/${PER}[²³\d]?)+$|^[\p{L}°µ%]{1,6}[\d+]*(?:[ .*·]?${PER}-\d)+$|` +
    String.raw`^deg(?:ree)?s?[_ ]?(?:c|f|k|celsius|true)$`,
  'iu',
)

const isUnit = (word: string): boolean => {
  if (/^[([].*[)\]]$/.test(word) || COMPOSED.test(word)) return true
  return !/[([]/.test(word) && nameColumn(`x, ${word}`).units !== undefined
}

/** Names a column, and says nothing by itself: a text, or nothing. */
const isName = (field: string): boolean => !field.trim().endsWith(':') && ['text', 'blank'].includes(kindOf(field, PLAIN))
const PLAIN = new NumberReader(false)

/** How a time is written, below its name. */
const TIME_FORM = /^[([]?(?:(?:dd?|mm?|yy(?:yy)?|hh?|ss?)[-/.: ]?){3,6}[)\]]?$/i

/** Whether a line has the units of what the line above it names: for most columns that are no times, and that line has fewer. */
function standsBelow({ fields }: TableRecord, { fields: above }: TableRecord): boolean {
  if (above.length !== fields.length || !above.some((field) => OF_TIME.test(field)) || above.some((field) => !isName(field))) return false
  const places = fields.flatMap((field, at) => {
    const [word, name] = [field.trim(), (above[at] ?? '').trim()]
    return word === '' || word === name || OF_TIME.test(name) ? [] : [{ word, name }]
  })
  const forms = fields.filter((field, at) => OF_TIME.test(above[at] ?? '') && TIME_FORM.test(field.trim())).length
  const units = places.filter(({ word }) => isUnit(word)).length + forms
  return units > 0 && units * 2 >= places.length && places.filter(({ name }) => isUnit(name)).length < units
}

/** Rows of units, processing or formats, which stand below the names. */
export function isBelowNames(record: TableRecord, numbers: NumberReader): boolean {
  const words = record.fields.map((field) => field.trim()).filter((field) => field !== '')
  if (words.length === 0) return true
  if (words.every((word) => PROCESSING.test(word) || FORMAT.test(word))) return true
  return looksLikeUnits(record) && words.every((word) => kindOf(word, numbers) !== 'number')
}

/** The name of a time beside single letters, which may be units. */
const TIME_NAME =
  /^(?:date(?:[ /_]?time)?|date (?:and|&) time|time(?:[ /_]?stamps?)?|datum|zeit|uhrzeit|datum[ /]+(?:uhr)?zeit|fecha|hora|heure|tijd)$/i

/**
 * Most of its words are units that are known, or in brackets.
 * @param least how many of them, where that is told
 */
export function looksLikeUnits({ fields }: TableRecord, least?: number): boolean {
  const words = fields.map((field) => field.trim()).filter((field) => field !== '')
  if (words.some((word) => TIME_NAME.test(word))) return false
  if (words.length === 0 || !words.every((word) => UNIT.test(word) || /^(?:ts|rn|[a-z]+:[a-z]+:?[a-z]*)$/i.test(word))) return false
  const known = words.filter((word) => /^[([].*[)\]]$/.test(word) || nameColumn(`x, ${word}`).units !== undefined).length
  return least === undefined ? known * 2 >= words.length : known >= least
}

/** Names in a comment, as `# time,temperature`, when no other line has any; their units may follow in another. */
export function commentHeader(above: readonly TableRecord[], width: number): readonly TableRecord[] {
  const fits = (record: TableRecord | undefined): boolean =>
    record !== undefined && isComment(record.text) && record.fields.length === width && width > 1
  if (!fits(above.at(-1))) return []
  return above.slice(fits(above.at(-2)) ? -2 : -1)
}
