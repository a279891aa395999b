/** What the pages for those who look after the server have in common. The verbs that they call let nobody else in. */
import type { Child, PropsWithChildren } from 'hono/jsx'
import { PageHeader, Tabs } from '../../components/basics.tsx'
import type { Page, PageRequest } from '../../page.ts'

const PARTS = [
  ['Overview', '/-/system'],
  ['Users', '/-/system/users'],
  ['Organizations', '/-/system/organizations'],
  ['Keys', '/-/system/keys'],
  ['Controllers', '/-/controllers'],
  ['Messages', '/-/system/messages'],
  ['Settings', '/-/system/settings'],
  ['Log', '/-/system/log'],
] as const

export type SystemPart = (typeof PARTS)[number][0]

type View = Omit<Page, 'title' | 'crumb'> & { readonly lead?: Child; readonly header?: Child }

export function frameSystem(part: SystemPart, { content, lead, header, ...rest }: View): Page {
  return {
    ...rest,
    title: part === 'Overview' ? 'System' : `System: ${part.toLowerCase()}`,
    crumb: part === 'Overview' ? 'System' : `System, ${part.toLowerCase()}`,
    content: (
      <>
        <PageHeader title={part === 'Overview' ? 'System' : part} icon="chip" lead={lead}>
          {header}
        </PageHeader>
        <Tabs label="Parts of the system" tabs={PARTS.map(([text, href]) => ({ text, href, isCurrent: text === part }))} />
        {content}
      </>
    ),
  }
}

/** The page that a query asks for, of a list in memory. */
export function pageThrough<T>(request: PageRequest, list: readonly T[], size = 100): { shown: readonly T[]; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(list.length / size))
  const page = Math.min(Math.max(1, Number.parseInt(request.query['page'] ?? '1', 10) || 1), pages)
  return { shown: list.slice((page - 1) * size, page * size), page, pages }
}

/** @param path of the list @param wanted what is searched for */
export const linkTo =
  (path: string, wanted: string) =>
  (page: number): string =>
    `${path}?${new URLSearchParams({ ...(wanted === '' ? {} : { q: wanted }), page: String(page) }).toString()}`

/** Search in a list; works without script. */
export const ListSearch = ({ path, label, value, children }: PropsWithChildren<{ path: string; label: string; value: string }>) => (
  <form class="filter" method="get" role="search" action={path} aria-label={label}>
    <label class="is-hidden" for="filter">
      {label}
    </label>
    <input id="filter" type="search" name="q" value={value} placeholder={label} maxlength={200} autocomplete="off" />
    {children}
  </form>
)
