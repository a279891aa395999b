/** Links between the pages of a long list. */
import { Icon } from './icons.tsx'

export const Paging = ({ page, pages, link }: { page: number; pages: number; link: (page: number) => string }) =>
  pages < 2 ? null : (
    <nav class="pages" aria-label="Pages">
      <span>
        Page {page} of {pages}
      </span>
      <span class="actions">
        {page > 2 ? (
          <a class="button" href={link(1)}>
            First
          </a>
        ) : null}
        {page > 1 ? (
          <a class="button" rel="prev" href={link(page - 1)}>
            <Icon name="left" />
            Previous
          </a>
        ) : null}
        {page < pages ? (
          <a class="button" rel="next" href={link(page + 1)}>
            Next
            <Icon name="right" />
          </a>
        ) : null}
        {page < pages - 1 ? (
          <a class="button" href={link(pages)}>
            Last
          </a>
        ) : null}
      </span>
    </nav>
  )
