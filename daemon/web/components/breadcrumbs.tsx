/** Where one is: the folders above, and this. */
import type { Context } from '../../../src/context.ts'
import type { Resource } from '../../../src/tree.ts'
import { pageOf } from '../links.ts'
import type { Page } from '../page.ts'

export const Breadcrumbs = ({ page }: { ctx: Context; page: Page }) => {
  const above: Resource[] = []
  for (let at = page.resource; at; at = at.parent) above.unshift(at)
  if (above.length === 0 && page.crumb === undefined) return null
  const last = page.crumb ?? above.pop()?.name ?? ''
  return (
    <nav class="breadcrumbs" aria-label="Where you are">
      <ol>
        <li>
          <a href="/">Home</a>
        </li>
        {above.map((resource) => (
          <li>
            <a href={pageOf(resource)}>{resource.name}</a>
          </li>
        ))}
        <li aria-current="page">{last}</li>
      </ol>
    </nav>
  )
}
