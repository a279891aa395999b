/** What the pages for an organization's admins, and those on permissions, have in common. */
import type { Child } from 'hono/jsx'
import { httpStatusOf } from '../../../../src/fault.ts'
import { isFolder, type Resource } from '../../../../src/tree.ts'
import { PageHeader } from '../../components/basics.tsx'
import { kindOf } from '../../components/kinds.ts'
import { DoneNotice, keepsNothing } from '../../components/post.tsx'
import type { Page, PageRequest, Refusal } from '../../page.ts'
import { FolderTabs } from '../folder/folder.tsx'

interface View {
  /** What `?view=` says. */
  readonly view: string
  /** In the title and the breadcrumbs. */
  readonly name: string
  readonly content: Child
  readonly refusal?: Refusal | undefined
  /** What `?done=` may say. */
  readonly done?: Readonly<Record<string, string>>
  /** The page shows something that must not come back from a cache. */
  readonly isSecret?: boolean
}

export function frameResource(request: PageRequest, resource: Resource, { view, name, content, refusal, done = {}, isSecret = false }: View): Page {
  return {
    title: `${resource.name}: ${name}`,
    resource,
    crumb: name,
    status: refusal === undefined ? 200 : httpStatusOf[refusal.fault.code],
    ...(isSecret ? { headers: keepsNothing } : {}),
    content: (
      <>
        <PageHeader title={resource.name} icon={kindOf(resource).icon} />
        {isFolder(resource) ? <FolderTabs request={request} folder={resource} view={view} /> : null}
        {refusal === undefined ? <DoneNotice query={request.query} texts={done} /> : null}
        {content}
      </>
    ),
  }
}
