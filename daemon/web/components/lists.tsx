/** Lists: their table, search, and paging. */
import { InTurns } from './in-turns.tsx'
import type { PropsWithChildren } from 'hono/jsx'
import type { Fields } from '../page.ts'
import { formatCount } from '../shared/format.ts'

export type Column = string | { readonly text: string; readonly class?: string }

/** The heading of a column of buttons, visible only to screen readers. */
export interface HiddenColumn {
  readonly hidden: string
}

/** The column of checkboxes, with one for all. */
export interface SelectColumn {
  readonly select: string
}

/** A table that becomes cards on a phone; each of its cells but the first has a `data-label`. */
export const ListTable = ({ columns, children }: PropsWithChildren<{ columns: readonly (Column | HiddenColumn | SelectColumn)[] }>) => (
  <div class="table-frame">
    <table class="table is-cards">
      <thead>
        <tr>
          {columns.map((column) =>
            typeof column === 'string' ? (
              <th scope="col">{column}</th>
            ) : 'select' in column ? (
              <td class="is-tight">
                <input type="checkbox" id="select-all" aria-label={column.select} />
              </td>
            ) : 'hidden' in column ? (
              <th scope="col">
                <span class="is-hidden">{column.hidden}</span>
              </th>
            ) : (
              <th scope="col" class={column.class}>
                {column.text}
              </th>
            ),
          )}
        </tr>
      </thead>
      <tbody>
        <InTurns>{children}</InTurns>
      </tbody>
    </table>
  </div>
)

interface ListSearchProps {
  /** Target address; undefined: the page's own address. */
  path?: string
  /** The search's label. */
  label: string
  /** The field's label; undefined: the same. */
  text?: string
  name?: string
  value: string
}

/** A search in a list, which works without script. */
export const ListSearch = ({ path, label, text = label, name = 'q', value, children }: PropsWithChildren<ListSearchProps>) => (
  <form class="filter" method="get" role="search" action={path} aria-label={label}>
    <label class="is-hidden" for="filter">
      {text}
    </label>
    <input id="filter" type="search" name={name} value={value} placeholder={text} maxlength={MAX_WANTED} autocomplete="off" />
    {children}
  </form>
)

const MAX_WANTED = 200

/** The search text of a query; '': everything. */
export const wantedOf = (query: Fields, name = 'q'): string => (query[name] ?? '').trim().slice(0, MAX_WANTED)

/** How many items of a list match a search. */
export const FoundCount = ({ wanted, found, all, otherwise = '' }: { wanted: string; found: number; all: number; otherwise?: string }) => (
  <span class="note" role="status">
    {wanted === '' ? otherwise : `${formatCount(found)} of ${formatCount(all)}`}
  </span>
)

/** What is shown in pages: a list, or something that makes a part of one when it is asked for. */
export interface Sliceable<T> {
  readonly length: number
  slice(from: number, to: number): readonly T[]
}

/** The page of a list in memory that a query asks for: the first if it names none, the last if it names one beyond. */
export function pageThrough<T>(
  query: Fields,
  list: Sliceable<T>,
  size = 100,
): { shown: readonly T[]; from: number; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(list.length / size))
  const page = Math.min(Math.max(1, Number.parseInt(query['page'] ?? '1', 10) || 1), pages)
  const from = (page - 1) * size
  return { shown: list.slice(from, from + size), from, page, pages }
}

/** @param path of the list @param wanted the search text */
export const linkTo =
  (path: string, wanted: string) =>
  (page: number): string =>
    `${path}?${new URLSearchParams({ ...(wanted === '' ? {} : { q: wanted }), page: String(page) }).toString()}`
