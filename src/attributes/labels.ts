/** What people call a sequence, controller or folder, and where and what it is: system attributes for display alone. */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'

/** By their names, with the most characters that each may have. */
const LONGEST = { label: 100, description: 2_000, place: 200, serial_number: 100 } as const

export type LabelName = keyof typeof LONGEST
export type Labels = Readonly<Partial<Record<LabelName, string>>>

export const LABEL_NAMES = Object.keys(LONGEST) as LabelName[]

/** The ones that are given, trimmed; null for one that is emptied. @throws Fault invalid naming the attribute */
export function checkLabels(given: Readonly<Record<string, unknown>>): Partial<Record<LabelName, string | null>> {
  const checked: Partial<Record<LabelName, string | null>> = {}
  for (const name of LABEL_NAMES) {
    const value = given[name]
    if (value === undefined) continue
    const text = value === null ? '' : value
    if (typeof text !== 'string' || text.length > LONGEST[name])
      throw invalid(`${name} must be text of up to ${LONGEST[name]} characters, found ${quote(JSON.stringify(text).slice(0, 60))}.`)
    checked[name] = text.trim() === '' ? null : text.trim().toWellFormed()
  }
  return checked
}

/** Those that are set; anything else than text counts as missing. */
export function readLabels(attributes: Readonly<Record<string, unknown>>): Labels {
  return Object.fromEntries(
    LABEL_NAMES.flatMap((name) => {
      const value = attributes[name]
      return typeof value === 'string' && value !== '' ? [[name, value]] : []
    }),
  )
}
