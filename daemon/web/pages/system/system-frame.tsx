/** The common frame of the pages for administrators of the server. The verbs that they call allow only system admins. */
import type { Child } from 'hono/jsx'
import { PageHeader, Tabs } from '../../components/basics.tsx'
import type { Page } from '../../page.ts'

const PARTS = [
  ['Overview', '/-/system'],
  ['Users', '/-/system/users'],
  ['Organizations', '/-/system/organizations'],
  ['Keys', '/-/system/keys'],
  ['Controllers', '/-/controllers'],
  ['Messages', '/-/system/messages'],
  ['Settings', '/-/system/settings'],
  ['Extensions', '/-/system/extensions'],
  ['Log', '/-/system/log'],
  ['Audit', '/-/system/audit'],
] as const

export type SystemPart = (typeof PARTS)[number][0]

type View = Omit<Page, 'title' | 'crumb'> & { readonly lead?: Child; readonly header?: Child }

export function frameSystem(part: SystemPart, { content, lead, header, ...rest }: View): Page {
  return {
    ...rest,
    title: part === 'Overview' ? 'System' : `System: ${part.toLowerCase()}`,
    ...(part === 'Overview' ? {} : { below: { text: 'System', href: '/-/system' } }),
    crumb: part === 'Overview' ? 'System' : part,
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
