/** What the form of an import says, as parameters of the API; and messages in the words of the form. */
import { all, make, need, seek } from '../dom.ts'

/** A file of this computer, or one that the server has. */
export type ImportSource = { readonly file: File } | { readonly path: string; readonly name: string }

export const nameOf = (source: ImportSource): string => ('file' in source ? source.file.name : source.name)

/** What a person said about one column, by its number. */
export interface ColumnWish {
  isTaken: boolean
  /** Of its sequence; empty: the one that it has by itself. */
  name: string
}

const FIELDS = ['into', 'sheet', 'time_zone', 'time_format', 'start', 'duplicates', 'any_time', 'last_line', 'transpose'] as const

/**
 * @param sequence where all values go; undefined: into the folder that the form names
 * @param columns undefined: those that the server chooses
 */
export function parametersOf(
  form: HTMLFormElement,
  source: ImportSource,
  sequence: string | undefined,
  columns: readonly string[] | undefined,
): FormData {
  const given = new FormData(form)
  const sent = new FormData()
  const text = (name: string): string => {
    const value = given.get(name)
    return typeof value === 'string' ? value.trim() : ''
  }
  for (const name of FIELDS) if (text(name) !== '') sent.append(name, text(name))
  if (sequence !== undefined) sent.append('path', sequence)
  sent.append('create', '1')
  const time = text('time')
  if (time !== '') sent.append('time', JSON.stringify([time]))
  const series = text('series')
  if (series !== '') sent.append('series', JSON.stringify([series]))
  const missing = text('missing')
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one !== '')
  if (missing.length > 0) sent.append('missing', JSON.stringify(missing))
  if (columns !== undefined) sent.append('columns', JSON.stringify(columns))
  sent.append('file_name', nameOf(source))
  if ('file' in source) sent.append('file', source.file)
  else sent.append('file_path', source.path)
  return sent
}

/** The field that a parameter, or an option of the command line, has in the form. */
const fieldOf = (form: HTMLFormElement, option: string): HTMLElement | undefined =>
  seek(`[name="${option.replace(/^--/, '').replaceAll('-', '_')}"]`, HTMLElement, form)

/** A message of the server names options of the command line; here they are fields. */
export const inWordsOfForm = (form: HTMLFormElement, message: string): string =>
  message.replaceAll(/--[a-z]+(?:-[a-z]+)*/g, (option) => {
    if (option === '--columns') return 'the boxes below'
    const label = fieldOf(form, option)?.closest('.field, .check')?.querySelector('label, span')?.textContent
    return label === undefined ? option : `“${label}”`
  })

/** Marks the fields that a message asks for, and opens what hides them. */
export function markAsked(form: HTMLFormElement, message: string): void {
  for (const field of all('[aria-invalid]', HTMLElement, form)) field.removeAttribute('aria-invalid')
  const asked = (message.match(/--[a-z]+(?:-[a-z]+)*/g) ?? []).flatMap((option) => fieldOf(form, option) ?? [])
  for (const field of asked) field.setAttribute('aria-invalid', 'true')
  if (asked.length > 0) need('#import-options', HTMLDetailsElement, form).open = true
}

/** Offers the sheets of a workbook. */
export function offerSheets(form: HTMLFormElement, sheets: readonly string[]): void {
  const select = need('#import-sheet', HTMLSelectElement, form)
  select.replaceChildren(make('option', { value: '' }, 'Choose a sheet'), ...sheets.map((sheet) => make('option', { value: sheet }, sheet)))
  need('#import-sheets', HTMLElement, form).hidden = sheets.length === 0
}

/** Empties the form; what it says about the place stays. */
export function clearOptions(form: HTMLFormElement): void {
  const into = seek('[name="into"]', HTMLInputElement, form)?.value
  form.reset()
  const field = seek('[name="into"]', HTMLInputElement, form)
  if (field && into !== undefined) field.value = into
  offerSheets(form, [])
  markAsked(form, '')
  need('#import-options', HTMLDetailsElement, form).open = false
}
