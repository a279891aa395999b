/** The page of a file: its content, displayed according to its kind, and its actions. */
import { canWrite, requireRead } from '../../../../src/tree/permissions.ts'
import { FILE } from '../../../../src/wire/resource-types.ts'
import { Fault } from '../../../../src/base/fault.ts'
import { readSheet } from '../../../../src/resources/sheets.ts'
import { openDataset } from '../../../../src/datasets/open-dataset.ts'
import { readText, type TextContent } from '../../../../src/resources/text-content.ts'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import { Age, Notice, PageHeader } from '../../components/basics.tsx'
import { Icon } from '../../components/icons.tsx'
import { ImportDialog } from '../../components/import-dialog.tsx'
import { kindOf } from '../../components/kinds.ts'
import { PlaceDialogs } from '../../components/place-dialogs.tsx'
import { DatasetContent } from '../datasets/dataset-content.tsx'
import { apiOf, pageOf } from '../../links.ts'
import type { Page, PageRequest, ResourcePage } from '../../page.ts'
import { formatBytes, formatTime } from '../../shared/format.ts'
import { FileContent, type ShownBook } from './content.tsx'
import { showEditor } from './editor.tsx'
import { EDIT_LIMIT, fileKindOf, isTextKind, kindName } from './file-kinds.ts'
import { FileTabs } from './file-tabs.tsx'
import { readTable } from './tables.ts'
import { prefersPage, revisionOf, sendRaw, sendSmall } from './raw.ts'
import { compareRevisions, restore, showRevisions } from './revisions.tsx'

const isFile = ({ type }: Resource): boolean => type === FILE

export function createFilePages(): ResourcePage[] {
  return [
    { method: 'GET', fits: isFile, forLinks: true, handle: showFile },
    { method: 'GET', fits: isFile, view: 'raw', forLinks: true, handle: sendRaw },
    { method: 'GET', fits: isFile, view: 'edit', handle: showEditor },
    { method: 'GET', fits: isFile, view: 'revisions', handle: showRevisions },
    { method: 'POST', fits: isFile, view: 'revisions', handle: restore },
    { method: 'GET', fits: isFile, view: 'compare', handle: compareRevisions },
  ]
}

async function showFile(request: PageRequest, file: Resource): Promise<Page | Response> {
  const { ctx, actor, query, visitor } = request
  if (!prefersPage(request.incoming))
    return query['width'] === undefined ? sendRaw(request, file) : sendSmall(request, file, query['width'])
  requireRead(ctx, actor, file)
  const revisionId = revisionOf(query, 'rev')
  const kind = fileKindOf(file.name)
  // If it is not text, only the revision is needed.
  const content = await readText(ctx, actor, file, { limit: isTextKind(kind) ? EDIT_LIMIT : 1, revisionId })
  const isWritable = canWrite(ctx, actor, file)
  const isEditable =
    isWritable && isTextKind(kind) && content.text !== undefined && content.isExact && content.isWhole && revisionId === undefined
  const table = kind === 'table' && content.text !== undefined ? await readTable(content.text, ctx.turns.pause) : undefined
  const book = kind === 'workbook' && (content.revision?.size ?? 0) > 0 ? await readBook(request, file, revisionId) : undefined
  const dataset = content.revision && isZip(file.name) ? await openDataset(ctx, content.revision) : undefined
  return {
    title: file.name,
    resource: file,
    script: 'file',
    wide: kind === 'table' || kind === 'workbook',
    state: {
      path: pathOf(file),
      name: file.name,
      folder: file.parent ? pathOf(file.parent) : '/',
      apiPath: apiOf(file).slice('/api/v1'.length),
      base: content.revision?.id ?? 0,
      isUser: visitor.user !== undefined,
    },
    content: (
      <>
        <PageHeader title={file.name} icon={kindOf(file).icon} lead={<Lead file={file} content={content} now={ctx.clock.now()} />}>
          <FileActions file={file} isWritable={isWritable} isEditable={isEditable} revisionId={revisionId} />
        </PageHeader>
        {visitor.reader === undefined ? <FileTabs file={file} view={undefined} /> : null}
        <div id="file" class="stack">
          {revisionId === undefined || !content.revision ? null : (
            <Notice>
              This is the revision of {formatTime(content.revision.timestamp / 1000)} UTC, not necessarily the newest.{' '}
              <a href={pageOf(file)}>Show the newest</a> ·{' '}
              <a href={pageOf(file, 'compare', { from: revisionId })}>Compare with the newest</a>
            </Notice>
          )}
          {dataset && content.revision ? (
            <DatasetContent request={request} file={file} revision={content.revision} dataset={dataset} />
          ) : (
            <FileContent file={file} kind={kind} content={content} table={table} book={book} query={query} renderer={request.markdown} />
          )}
        </div>
        {isWritable ? (
          <>
            <section id="uploads" class="card uploads" aria-label="Upload" hidden></section>
            <input id="revision-input" type="file" hidden aria-label="A new revision" />
            <PlaceDialogs folder={file.parent} name={file.name} />
            <ImportDialog into={file.parent ? pathOf(file.parent) : '/'} />
          </>
        ) : null}
      </>
    ),
  }
}

const isZip = (name: string): boolean => /\.zip$/i.test(name)

/** The chosen sheet; a sentence where the workbook can't be read. */
async function readBook({ ctx, actor, query }: PageRequest, file: Resource, revisionId: number | undefined): Promise<ShownBook | string> {
  try {
    const { names, shown, text } = await readSheet(ctx, actor, file, { sheet: query['sheet'], revisionId })
    return { names, shown, table: await readTable(text, ctx.turns.pause, ',') }
  } catch (error) {
    if (error instanceof Fault) return error.message
    throw error
  }
}

const Lead = ({ file, content: { revision }, now }: { file: Resource; content: TextContent; now: number }) => (
  <>
    {kindName(file.name)} · {formatBytes(revision?.size ?? 0)}
    {revision ? (
      <>
        {' · changed '}
        <Age time={revision.timestamp} now={now} />
      </>
    ) : null}
  </>
)

const FileActions = ({
  file,
  isWritable,
  isEditable,
  revisionId,
}: {
  file: Resource
  isWritable: boolean
  isEditable: boolean
  revisionId: number | undefined
}) => (
  <>
    {isEditable ? (
      <a class="button is-primary needs-script" href={pageOf(file, 'edit')}>
        <Icon name="edit" />
        Edit
      </a>
    ) : null}
    <a class="button" href={`${apiOf(file)}?download=1${revisionId === undefined ? '' : `&rev=${revisionId}`}`} download>
      <Icon name="download" />
      Download
    </a>
    {isWritable ? (
      <details class="menu needs-script" data-menu>
        <summary class="button is-icon" aria-label="More actions">
          <Icon name="more" />
        </summary>
        <div class="menu-items is-right">
          {isTextKind(fileKindOf(file.name)) || fileKindOf(file.name) === 'workbook' ? (
            <button type="button" data-import={pathOf(file)} data-name={file.name}>
              <Icon name="numeric" />
              <span>Import its values</span>
            </button>
          ) : null}
          <a href={pageOf(file, 'links')}>
            <Icon name="link" />
            <span>Share by a secret link</span>
          </a>
          <button type="button" data-pick="revision-input">
            <Icon name="upload" />
            <span>Upload a new revision</span>
          </button>
          <button type="button" data-dialog="rename">
            <Icon name="edit" />
            <span>Rename</span>
          </button>
          <button type="button" data-dialog="move">
            <Icon name="move" />
            <span>Move</span>
          </button>
          <button type="button" class="is-danger" data-act="delete">
            <Icon name="trash" />
            <span>Delete</span>
          </button>
        </div>
      </details>
    ) : null}
  </>
)
