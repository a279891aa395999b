/** What an extension shows, inside the site's layout. */
import { Fault } from '../../../../src/base/fault.ts'
import { callHook, type HookOwner } from '../../../../src/extensions/hook-calls.ts'
import { isHtml } from '../../../../src/extensions/html.ts'
import type { ExtensionPage } from '../../../../src/extensions/interface.ts'
import type { Page } from '../../page.ts'
import { PageHeader } from '../../components/basics.tsx'

/** Checks what the extension returned: a page that is none is its failure. @throws Fault */
export async function framePage(owner: HookOwner, hook: string, given: unknown, place: Pick<Page, 'resource' | 'crumb'>): Promise<Page> {
  const { title, content, scripts = [], styles = [], wide = false } = await callHook(owner, hook, () => requirePage(given))
  return {
    title,
    ...place,
    wide,
    files: { scripts, styles },
    content: (
      <>
        <PageHeader title={title} />
        <div class="stack" dangerouslySetInnerHTML={{ __html: content.html }}></div>
      </>
    ),
  }
}

/** @throws Error */
function requirePage(given: unknown): ExtensionPage {
  const { title, content, scripts = [], styles = [] } = (given ?? {}) as Partial<ExtensionPage>
  if (typeof title !== 'string' || title === '') throw new Error('a page needs a title')
  if (!isHtml(content)) throw new Error('content must be made by host.html')
  for (const address of [...scripts, ...styles])
    if (!/^\/(?!\/)/.test(address))
      throw new Error(`${JSON.stringify(address)} is no address of this server, and the policy allows no other`)
  return given as ExtensionPage
}

/** Whether the extension failed, rather than refused. */
export const isFailure = (error: unknown): boolean => error instanceof Fault && (error.code === 'internal' || error.code === 'busy')
