/** Searches everything that the visitor may read. */
import { InTurns } from '../components/in-turns.tsx'
import { escapeHidden } from '../../../src/base/hidden-text.ts'
import { httpStatusOf } from '../../../src/base/fault.ts'
import { HOUR, parseTimestamp, SECOND } from '../../../src/base/time.ts'
import { listNotes } from '../../../src/notes/note-list.ts'
import { searchResources, MAX_REACHED, MAX_SEARCH_LENGTH, type SearchAnswer } from '../../../src/resources/search.ts'
import type { NoteInfo } from '../../../src/wire/answers.ts'
import { pathOf, type Resource } from '../../../src/tree/tree.ts'
import { Empty, PageHeader, RefusalNotice } from '../components/basics.tsx'
import { Icon } from '../components/icons.tsx'
import { kindOf } from '../components/kinds.ts'
import { Paging } from '../components/paging.tsx'
import { refusalOf } from '../forms.ts'
import { pageOf } from '../links.ts'
import type { Page, PageRequest, PageRoute } from '../page.ts'
import { writeTime } from '../shared/chart-state.ts'
import { formatCount } from '../shared/format.ts'
import { escapePath } from '../shared/paths.ts'

const PAGE_SIZE = 50
/** Notes that are listed below what was found; more words find less. */
const MAX_NOTES_FOUND = 20

export function createSearchPages(): PageRoute[] {
  return [{ method: 'GET', path: '/search', handle: showSearch }]
}

async function showSearch({ ctx, actor, query }: PageRequest): Promise<Page> {
  const text = (query['q'] ?? '').trim()
  let answer: SearchAnswer | undefined
  let notes: readonly NoteInfo[] = []
  const refusal = await refusalOf(query, async () => {
    answer = await searchResources(ctx, actor, { text, size: PAGE_SIZE, page: Number.parseInt(query['page'] ?? '1', 10) || 1 })
    if (text !== '') ({ notes } = await listNotes(ctx, actor, undefined, { words: text, limit: MAX_NOTES_FOUND }))
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
            Words in names, paths and notes
          </label>
          <input
            id="search-words"
            type="search"
            name="q"
            value={text}
            placeholder="Words in names, paths and notes"
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
        {answer === undefined ? null : <Answer text={text} answer={answer} notes={notes} />}
      </>
    ),
  }
}

const Answer = ({ text, answer, notes }: { text: string; answer: SearchAnswer; notes: readonly NoteInfo[] }) => {
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
  if (answer.found === 0 && notes.length === 0) {
    return (
      <Empty icon="search" title="No results">
        <p>No name, path or note that you may read holds all of “{text}”. Try fewer words, or only a part of one.</p>
      </Empty>
    )
  }
  const marks = new RegExp(text.normalize('NFC').split(/\s+/).map(escapePattern).join('|'), 'giu')
  return (
    <>
      <p class="note" role="status">
        {answer.isMore ? 'More than ' : ''}
        {formatCount(answer.found)} {answer.found === 1 ? 'result' : 'results'}
        {answer.found > MAX_REACHED ? `, of which the best ${formatCount(MAX_REACHED)} are shown. More words find less.` : ''}
      </p>
      <ul class="results">
        <InTurns>
          {answer.results.map((resource) => (
            <Result resource={resource} marks={marks} />
          ))}
        </InTurns>
      </ul>
      <Paging
        page={answer.page}
        pages={answer.pages}
        link={(page) => `/search?${new URLSearchParams({ q: text, page: String(page) }).toString()}`}
      />
      <FoundNotes notes={notes} marks={marks} />
    </>
  )
}

/** The latest notes that hold all words. */
const FoundNotes = ({ notes, marks }: { notes: readonly NoteInfo[]; marks: RegExp }) =>
  notes.length === 0 ? null : (
    <>
      <h2>Notes</h2>
      <ul class="results">
        {notes.map((note) => (
          <li>
            <a class="result" href={placeOf(note)}>
              <Icon name="edit" class="is-large" />
              <span>
                <strong>
                  <Marked text={escapeHidden(note.text)} marks={marks} />
                </strong>
                <span class="note">
                  {note.start_timestamp} on {escapeHidden(note.path)}
                  {note.tags.length === 0 ? null : (
                    <>
                      , <Marked text={escapeHidden(note.tags.join(', '))} marks={marks} />
                    </>
                  )}
                </span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </>
  )

/** The page of what a note is on, around its time; pages without a chart take no notice of that. */
function placeOf({ path, start_timestamp: start, end_timestamp: end }: NoteInfo): string {
  const [from, to] = [parseTimestamp(start) ?? 0, parseTimestamp(end ?? start) ?? 0]
  const margin = Math.max(HOUR, (to - from) / 4)
  const span = { from: writeTime((from - margin) / SECOND), to: writeTime((to + margin) / SECOND) }
  return `${escapePath(path)}?${new URLSearchParams(span).toString()}`
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
