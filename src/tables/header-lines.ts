/** What the lines above the rows of a table are: names of its columns, their units, how they were processed, or neither. */
import { isComment, kindOf } from './dialect.ts'
import { nameColumn } from './names.ts'
import type { NumberReader } from './numbers.ts'
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

/** The line of names: the one that says so, or else the last one that does not stand below names. */
export function namesIn(block: readonly TableRecord[], numbers: NumberReader): TableRecord | undefined {
  const first = (record: TableRecord): string => record.fields[0]?.trim() ?? ''
  const told = block.find((record) => SAYS_NAMES.test(first(record)))
  if (told && block.some((record) => SAYS_UNITS.test(first(record)) || SAYS_ELSE.test(first(record)))) return told
  return [...block].reverse().find((record, at) => {
    if (isBelowNames(record, numbers)) return false
    // A line of units has nothing for the time, which the line above it names.
    const above = block[block.length - 2 - at]
    return !(above && first(record) === '' && TIME_NAME.test(first(above)) && looksLikeUnits(record, 1))
  })
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
