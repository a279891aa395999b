/** The common frame of the pages of one controller. */
import type { Child } from 'hono/jsx'
import { requireRead } from '../../../../src/tree/permissions.ts'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import { PageHeader } from '../../components/basics.tsx'
import type { Page, PageRequest } from '../../page.ts'
import { FolderTabs } from '../../components/folder-tabs.tsx'

interface View {
  /** Value of `?view=`. */
  readonly view: string
  /** Shown in the title and the breadcrumbs. */
  readonly name: string
  readonly content: Child
  readonly state?: Readonly<Record<string, unknown>>
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** @throws Fault forbidden */
export function frameController(request: PageRequest, controller: Resource, { view, name, content, state, ...rest }: View): Page {
  requireRead(request.ctx, request.actor, controller)
  return {
    title: `${controller.name}: ${name}`,
    resource: controller,
    crumb: name,
    script: 'controller',
    state: { path: pathOf(controller), view, ...state },
    ...rest,
    content: (
      <>
        <PageHeader title={controller.name} icon="controller" />
        <FolderTabs request={request} folder={controller} view={view} />
        {content}
      </>
    ),
  }
}
