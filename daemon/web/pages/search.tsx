/** Searches everything that the visitor may read. */
import { escapeHidden } from '../../../src/base/hidden-text.ts'
import { httpStatusOf } from '../../../src/base/fault.ts'
import { searchResources, MAX_REACHED, MAX_SEARCH_LENGTH, type SearchAnswer } from '../../../src/resources/search.ts'
import { pathOf, type Resource } from '../../../src/tree/tree.ts'
import { Empty, PageHeader, RefusalNotice } from '../components/basics.tsx'
import { Icon } from '../components/icons.tsx'
import { kindOf } from '../components/kinds.ts'
import { Paging } from '../components/paging.tsx'
import { refusalOf } from '../forms.ts'
import { pageOf } from '../links.ts'
import type { Page, PageRequest, PageRoute } from '../page.ts'
import { formatCount } from '../shared/format.ts'

const PAGE_SIZE = 50

export function createSearchPages(): PageRoute[] {
  return [{ method: 'GET', path: '/search', handle: showSearch }]
}

async function showSearch({ ctx, actor, query }: PageRequest): Promise<Page> {
  const text = (query['q'] ?? '').trim()
  let answer: SearchAnswer | undefined
  const refusal = await refusalOf(query, async () => {
    answer = await searchResources(ctx, actor, { text, size: PAGE_SIZE, page: Number.parseInt(query['page'] ?? '1', 10) || 1 })
  })
  return {
    title: text === '' ? 'Search' : `${text.slice(0, 60)} · Search`,
    crumb: 'Search',
    status: refusal === undefined ? 200 : httpStatusOf[refusal.fault.code],
    content: (
      <>
        <PageHeader title="Search" />
        <form class="search-form" role="search" action="/search" method="get" aria-label="Everything">
          <label class="is-hidden" for="search-words">
            Words in names and paths
          </label>
          <input
            id="search-words"
            type="search"
            name="q"
            value={text}
            placeholder="Words in names and paths"
            maxlength={MAX_SEARCH_LENGTH}
            autocomplete="off"
            autofocus={text === ''}
          />
          <button type="submit" class="button is-primary">
            <Icon name="search" />
            Search
          </button>
        </form>
        <RefusalNotice refusal={refusal} />
        {answer === undefined ? null : <Answer text={text} answer={answer} />}
      </>
    ),
  }
}

const Answer = ({ text, answer }: { text: string; answer: SearchAnswer }) => {
  if (text === '') {
    return (
      <Empty icon="search" title="Look for anything that you may read">
        <p>
          Type parts of names or folders: “north temp” finds the sequence temperature in the folder north. The key / leads to the search
          from every page.
        </p>
      </Empty>
    )
  }
  if (answer.found === 0) {
    return (
      <Empty icon="search" title="Nothing fits">
        <p>No name or path that you may read holds all of “{text}”. Try fewer words, or only a part of one.</p>
      </Empty>
    )
  }
  const marks = new RegExp(text.normalize('NFC').split(/\s+/).map(escapePattern).join('|'), 'giu')
  return (
    <>
      <p class="note" role="status">
        {formatCount(answer.found)} {answer.found === 1 ? 'result' : 'results'}
        {answer.found > MAX_REACHED ? `, of which the best ${formatCount(MAX_REACHED)} are shown. More words find less.` : ''}
      </p>
      <ul class="results">
        {answer.results.map((resource) => (
          <Result resource={resource} marks={marks} />
        ))}
      </ul>
      <Paging
        page={answer.page}
        pages={answer.pages}
        link={(page) => `/search?${new URLSearchParams({ q: text, page: String(page) }).toString()}`}
      />
    </>
  )
}

const Result = ({ resource, marks }: { resource: Resource; marks: RegExp }) => {
  const { name, icon } = kindOf(resource)
  return (
    <li>
      <a class="result" href={pageOf(resource)}>
        <Icon name={icon} class="is-large" />
        <span>
          <strong>
            <Marked text={escapeHidden(resource.name)} marks={marks} />
          </strong>
          <span class="note">
            {name} in <Marked text={resource.parent ? escapeHidden(pathOf(resource.parent)) : '/'} marks={marks} />
          </span>
        </span>
      </a>
    </li>
  )
}

/** The text with the search words marked in it. */
const Marked = ({ text, marks }: { text: string; marks: RegExp }) => {
  const parts: { text: string; isMarked: boolean }[] = []
  let end = 0
  for (const { 0: match, index } of text.matchAll(marks)) {
    parts.push({ text: text.slice(end, index), isMarked: false }, { text: match, isMarked: true })
    end = index + match.length
  }
  parts.push({ text: text.slice(end), isMarked: false })
  return <>{parts.map((part) => (part.isMarked ? <mark>{part.text}</mark> : part.text))}</>
}

const escapePattern = (word: string): string => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
