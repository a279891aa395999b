/** The difference of two texts, displayed as in components/difference.tsx. */
import { MAX_SHOWN_LINE, findDifference } from '../../shared/difference.ts'
import { make } from '../dom.ts'

const SIGNS = { same: '', added: '+', removed: '\u2212' } as const

export function makeDifferenceTable(before: string, after: string, label: string): HTMLElement {
  const difference = findDifference(before, after)
  if (!difference) return make('p', { class: 'notice' }, 'The two differ too much to be compared line by line.')
  const table = make('table', { class: 'difference' })
  for (const hunk of difference.hunks) {
    const body = make('tbody')
    for (const { kind, before: old, after: fresh, text } of hunk) {
      const cells = [
        String(old ?? ''),
        String(fresh ?? ''),
        SIGNS[kind],
        text.length > MAX_SHOWN_LINE ? `${text.slice(0, MAX_SHOWN_LINE)}…` : text,
      ]
      body.append(make('tr', { class: `is-${kind}` }, ...cells.map((cell) => make('td', {}, cell))))
    }
    table.append(body)
  }
  return make('div', { class: 'table-frame difference-frame', tabindex: '0', role: 'region', 'aria-label': label }, table)
}
