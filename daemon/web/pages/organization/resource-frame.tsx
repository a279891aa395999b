/** The common frame of the pages for an organization's admins, and of those on permissions. */
import type { Child } from 'hono/jsx'
import { httpStatusOf } from '../../../../src/base/fault.ts'
import { isFolder, type Resource } from '../../../../src/tree/tree.ts'
import { PageHeader, RefusalNotice } from '../../components/basics.tsx'
import { kindOf } from '../../components/kinds.ts'
import { DoneNotice, NewSecret, keepsNothing } from '../../components/post.tsx'
import type { Page, PageRequest, Refusal } from '../../page.ts'
import { FolderTabs } from '../../components/folder-tabs.tsx'

interface View {
  /** Value of `?view=`. */
  readonly view: string
  /** Shown in the title and the breadcrumbs. */
  readonly name: string
  readonly content: Child
  readonly script?: string
  /** A refusal to show at the top. */
  readonly refusal?: Refusal | undefined
  /** A refusal that the content itself shows. */
  readonly problem?: Refusal | undefined
  /** Texts for `?done=`. */
  readonly done?: Readonly<Record<string, string>>
  /** A secret that is shown only this once. */
  readonly secret?: { readonly title: string; readonly label: string; readonly text: string; readonly note: Child } | undefined
}

export function frameResource(
  request: PageRequest,
  resource: Resource,
  { view, name, content, script, refusal, problem, done = {}, secret }: View,
): Page {
  const refused = refusal ?? problem
  return {
    title: `${resource.name}: ${name}`,
    resource,
    crumb: name,
    ...(script === undefined ? {} : { script }),
    status: refused === undefined ? 200 : httpStatusOf[refused.fault.code],
    ...(secret ? { headers: keepsNothing } : {}),
    content: (
      <>
        <PageHeader title={resource.name} icon={kindOf(resource).icon} />
        {isFolder(resource) ? <FolderTabs request={request} folder={resource} view={view} /> : null}
        {refusal === undefined ? <DoneNotice query={request.query} texts={done} /> : null}
        {secret === undefined ? null : (
          <NewSecret title={secret.title} label={secret.label} secret={secret.text}>
            <p class="note">{secret.note}</p>
          </NewSecret>
        )}
        <RefusalNotice refusal={refusal} />
        {content}
      </>
    ),
  }
}
