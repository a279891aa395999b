/** The content of a file, displayed according to its kind. */
import type { TextContent } from '../../../../src/resources/text-content.ts'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import { encodingWords } from '../../../../src/tables/encoding.ts'
import { Card, Empty, Notice, Tabs } from '../../components/basics.tsx'
import { KeyHelp } from '../../components/help.tsx'
import { Icon } from '../../components/icons.tsx'
import { InTurns } from '../../components/in-turns.tsx'
import { Markdown } from '../../components/markdown.tsx'
import { pageThrough } from '../../components/lists.tsx'
import { Paging } from '../../components/paging.tsx'
import { apiOf, pageOf } from '../../links.ts'
import type { MarkdownRenderer } from '../../markdown-renderer.ts'
import type { Fields } from '../../page.ts'
import { columnName } from '../../shared/csv.ts'
import { formatBytes, formatCount } from '../../shared/format.ts'
import { kindName, type FileKind } from './file-kinds.ts'
import { MAX_COLUMNS, type ShownTable } from './tables.ts'

interface ContentProps {
  file: Resource
  kind: FileKind
  content: TextContent
  /** Of a table. */
  table: ShownTable | undefined
  /** Of a workbook; a text says why it can't be shown. */
  book: ShownBook | string | undefined
  query: Fields
  renderer: MarkdownRenderer
}

/** Characters of a text on one page; the download has the rest. */
const SHOWN_TEXT = 200_000
const ROWS_A_PAGE = 200

export const FileContent = ({ file, kind, content, table, book, query, renderer }: ContentProps) => {
  const raw = pageOf(file, 'raw', { rev: content.revision?.id })
  if ((content.revision?.size ?? 0) === 0) return <EmptyFile kind={kind} />
  switch (kind) {
    case 'image':
      return <ImageContent file={file} src={raw} />
    case 'pdf':
      return <PdfContent file={file} src={raw} />
    case 'audio':
      return (
        <Card>
          <audio class="media" controls preload="metadata" src={raw} aria-label={file.name}></audio>
        </Card>
      )
    case 'video':
      return <video class="media" controls playsinline preload="metadata" src={raw} aria-label={file.name}></video>
    case 'workbook':
      return <BookContent file={file} book={book ?? ''} content={content} query={query} />
    case 'other':
      return <OtherContent file={file} content={content} />
    default:
      return content.text === undefined ? (
        <OtherContent file={file} content={content} isNoText />
      ) : (
        <TextOf file={file} kind={kind} text={content.text} content={content} table={table} query={query} renderer={renderer} />
      )
  }
}

const EmptyFile = ({ kind }: { kind: FileKind }) => (
  <Empty icon="file" title="This file is empty">
    <p>
      {kind === 'markdown' || kind === 'text' || kind === 'table'
        ? 'Write something into it with “Edit”, or upload a new revision.'
        : 'Upload a new revision to put something into it.'}
    </p>
  </Empty>
)

const TextOf = ({
  file,
  kind,
  text,
  content: { isWhole, isExact, encoding },
  table,
  query,
  renderer,
}: {
  file: Resource
  kind: FileKind
  text: string
  content: TextContent
  table: ShownTable | undefined
  query: Fields
  renderer: MarkdownRenderer
}) => (
  <>
    {isExact ? null : (
      <Notice>
        This file is in {encodingWords[encoding]}
        {encoding === 'utf-8' ? ', with places that are broken' : ''}. It is shown, and can’t be edited here, as that would change it.
      </Notice>
    )}
    {isWhole ? null : (
      <Notice>This file is large: only its beginning is shown, and it is too large to be edited here. Download it for all of it.</Notice>
    )}
    {kind === 'markdown' && isWhole ? (
      <section class="card" aria-label={file.name}>
        <Markdown renderer={renderer} text={text} folder={file.parent ? pathOf(file.parent) : '/'} />
      </section>
    ) : table ? (
      <TableOf file={file} table={table} query={query} />
    ) : (
      <>
        {isWhole && text.length > SHOWN_TEXT ? (
          <Notice>Shown are the first {formatBytes(SHOWN_TEXT)}. Download the file, or edit it, for all of it.</Notice>
        ) : null}
        <pre class="file-text" tabindex={0} aria-label={`Text of ${file.name}`}>
          {text.slice(0, SHOWN_TEXT)}
        </pre>
      </>
    )}
  </>
)

/** Longer cells are cut; the download has them whole. */
const SHOWN_CELL = 1_000

const shownCell = (cell = ''): string => (cell.length > SHOWN_CELL ? `${cell.slice(0, SHOWN_CELL)}…` : cell)

/** Cells are shown as text, whatever they begin with. */
const TableOf = ({ file, table, query }: { file: Resource; table: ShownTable; query: Fields }) => {
  const { above, header, rows, width } = table
  const { shown, from, page, pages } = pageThrough(query, rows, ROWS_A_PAGE)
  const columns = Array.from({ length: Math.min(width, MAX_COLUMNS) }, (_, at) => at)
  const looks = columns.map((at) => lookOf(shown.map((cells) => cells[at] ?? '')))
  return (
    <>
      {above.map((line) => (
        <p class="note">{shownCell(line)}</p>
      ))}
      <p class="note">
        {formatCount(rows.length)} {rows.length === 1 ? 'row' : 'rows'}, {formatCount(width)} {width === 1 ? 'column' : 'columns'}
        {width > MAX_COLUMNS ? `, of which the first ${MAX_COLUMNS} are shown` : ''}
      </p>
      <div class="table-frame" tabindex={0} role="region" aria-label={`Table of ${file.name}`}>
        <table class="table is-data">
          <thead>
            <tr>
              <td class="is-tight"></td>
              {columns.map((at) => (
                <th scope="col" class={looks[at]}>
                  {shownCell(header[at]) || columnName(at)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <InTurns>
              {shown.map((cells, row) => (
                <TableRow number={from + row + 1} cells={cells} looks={looks} />
              ))}
            </InTurns>
          </tbody>
        </table>
      </div>
      <Paging
        page={page}
        pages={pages}
        link={(next) => pageOf(file, undefined, { rev: query['rev'], sheet: query['sheet'], page: next })}
      />
    </>
  )
}

/** @param looks of the columns */
const TableRow = ({ number, cells, looks }: { number: number; cells: readonly string[]; looks: readonly string[] }) => (
  <tr>
    <th scope="row" class="row-number">
      {number}
    </th>
    {looks.map((look, at) => (
      <td class={look}>{shownCell(cells[at])}</td>
    ))}
  </tr>
)

/** What {@link readBook} found of a workbook. */
export type ShownBook = { readonly names: readonly string[]; readonly shown: string | undefined; readonly table: ShownTable }

const BookContent = ({ file, book, content, query }: { file: Resource; book: ShownBook | string; content: TextContent; query: Fields }) => {
  if (typeof book === 'string')
    return (
      <>
        <Notice tone="warning">Its sheets can’t be shown here: {book}</Notice>
        <OtherContent file={file} content={content} />
      </>
    )
  const { names, shown, table } = book
  if (shown === undefined)
    return (
      <Empty icon="table" title="All sheets are empty">
        <p>There is nothing in this workbook.</p>
      </Empty>
    )
  return (
    <>
      {names.length < 2 ? null : (
        <Tabs
          label={`Sheets of ${file.name}`}
          tabs={names.map((name) => ({
            text: name,
            href: pageOf(file, undefined, { rev: query['rev'], sheet: name }),
            isCurrent: name === shown,
          }))}
        />
      )}
      <TableOf file={file} table={table} query={query} />
    </>
  )
}

/** Style of a column: numbers to the right, long texts with room, short ones (above all dates) in one line. */
function lookOf(cells: readonly string[]): string {
  const filled = cells.filter((cell) => cell.trim() !== '')
  if (filled.length > 0 && filled.every((cell) => /^[-+]?\d[\d.,]*(?:e[-+]?\d+)?\s*%?$/i.test(cell.trim()))) return 'is-number'
  return filled.some((cell) => cell.length > 20) ? 'is-long' : 'is-short'
}

const ImageContent = ({ file, src }: { file: Resource; src: string }) => (
  <figure class="picture" id="picture">
    <div class="picture-tools needs-script" role="toolbar" aria-label="Size of the image">
      <span class="note" id="picture-size" role="status"></span>
      <span class="actions">
        <button type="button" class="button is-small is-icon" data-zoom="out" aria-label="Smaller">
          <Icon name="minus" />
        </button>
        <button type="button" class="button is-small" data-zoom="fit" aria-pressed="true">
          Fit
        </button>
        <button type="button" class="button is-small" data-zoom="full" aria-pressed="false">
          100 %
        </button>
        <button type="button" class="button is-small is-icon" data-zoom="in" aria-label="Larger">
          <Icon name="plus" />
        </button>
      </span>
    </div>
    <div class="picture-frame" tabindex={0} role="group" aria-label="Image" aria-describedby="picture-help">
      <img id="picture-image" src={src} alt={file.name} />
    </div>
    <KeyHelp about="keys of this image" id="picture-help">
      Keys: + and − zoom, 0 fits the image into the page, 1 shows its true size, arrows move it.
    </KeyHelp>
  </figure>
)

const PdfContent = ({ file, src }: { file: Resource; src: string }) => (
  <div id="pdf" class="stack" data-src={src} data-title={file.name}>
    <p class="actions">
      <a class="button" href={src} target="_blank" rel="noopener">
        <Icon name="out" />
        Open it by itself
      </a>
    </p>
  </div>
)

const OtherContent = ({ file, content, isNoText = false }: { file: Resource; content: TextContent; isNoText?: boolean }) => (
  <Empty icon="file" title={isNoText ? 'This is no text' : kindName(file.name)}>
    <p>
      {isNoText
        ? 'Its name says text, but what is in it is none, so it can be neither shown nor edited here.'
        : 'There is no way to show it here.'}
    </p>
    <a class="button" href={`${apiOf(file)}?download=1${content.revision ? `&rev=${content.revision.id}` : ''}`} download>
      <Icon name="download" />
      Download {formatBytes(content.revision?.size ?? 0)}
    </a>
  </Empty>
)
