/** Parts that the preview and the summary of an import share. */
import type { TableImportAnswer } from '../../../../src/wire/answers.ts'
import { formatCount } from '../../shared/format.ts'
import { make } from '../dom.ts'

export const noticeOf = (tone: 'danger' | 'warning' | 'success', text: string): HTMLElement =>
  make('p', { class: `notice is-${tone}`, role: tone === 'danger' ? 'alert' : undefined }, text)

export const listOf = (kind: string, items: readonly (Node | string)[]): HTMLElement =>
  make('ul', { class: kind }, ...items.map((item) => make('li', {}, item)))

/** Refusals shown one by one. */
const SHOWN = 20

/** How many rows and cells are refused, and the first of them as they stand in the file. */
export function refusedList({ refused, errors }: TableImportAnswer): HTMLElement {
  const what = refused === 1 ? '1 row or cell is refused' : `${formatCount(refused)} rows or cells are refused`
  const shown = errors.slice(0, SHOWN)
  const rest = refused - shown.length
  return make(
    'details',
    { class: 'notice is-warning' },
    make('summary', {}, `${what}; the others go in.`),
    listOf('', [
      ...shown.map(({ line, text, message }) => make('span', {}, `Line ${line}: ${message} `, make('code', {}, text))),
      ...(rest > 0 ? [`and ${formatCount(rest)} more`] : []),
    ]),
  )
}
