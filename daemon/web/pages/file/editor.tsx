/** The page to edit Markdown, text and tables. client/pages/editor.ts handles it. */
import { Fault, invalid } from '../../../../src/base/fault.ts'
import { requireWrite } from '../../../../src/tree/permissions.ts'
import { readText } from '../../../../src/resources/text-content.ts'
import { encodingWords } from '../../../../src/tables/encoding.ts'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import { Notice, PageHeader } from '../../components/basics.tsx'
import { Icon, type IconName } from '../../components/icons.tsx'
import { kindOf } from '../../components/kinds.ts'
import { apiOf, pageOf } from '../../links.ts'
import type { Page, PageRequest } from '../../page.ts'
import { formatBytes } from '../../shared/format.ts'
import { findDelimiter } from './tables.ts'
import { EDIT_LIMIT, fileKindOf, isTextKind } from './file-kinds.ts'

/** @throws Fault forbidden; invalid for a file that is not text; too_large */
export async function showEditor({ ctx, actor, visitor }: PageRequest, file: Resource): Promise<Page> {
  requireWrite(ctx, actor, file)
  const { text, isWhole, isExact, encoding, revision } = await readText(ctx, actor, file, { limit: EDIT_LIMIT })
  if (!isWhole)
    throw new Fault(
      'too_large',
      `${file.name} has ${formatBytes(revision?.size ?? 0)}; files of up to ${formatBytes(EDIT_LIMIT)} are edited here. ` +
        'Download it, change it with a program of your own and upload it as a new revision.',
    )
  if (text === undefined) throw invalid(`${file.name} is no text, so it can't be edited here.`)
  if (!isExact)
    throw invalid(
      `${file.name} is in ${encodingWords[encoding]}, and what is edited here is stored in UTF-8, which would change all of it. ` +
        'Download it, change it with a program of your own and upload it as a new revision.',
    )
  const kind = fileKindOf(file.name)
  const delimiter = kind === 'table' ? await findDelimiter(text, ctx.turns.pause) : undefined
  const mode = isTextKind(kind) ? kind : 'text'
  return {
    title: `Edit ${file.name}`,
    resource: file,
    crumb: 'Edit',
    wide: true,
    script: 'editor',
    state: {
      name: file.name,
      path: pathOf(file),
      folder: file.parent ? pathOf(file.parent) : '/',
      apiPath: apiOf(file).slice('/api/v1'.length),
      page: pageOf(file),
      user: visitor.user?.id ?? 0,
      mode,
      delimiter: delimiter === 'blanks' ? undefined : delimiter,
      text,
      base: revision?.id ?? 0,
      limit: EDIT_LIMIT,
    },
    content: (
      <>
        <PageHeader title={file.name} icon={kindOf(file).icon}>
          <span class="note" id="editor-state" role="status"></span>
          <a class="button" href={pageOf(file)} id="cancel">
            Cancel
          </a>
          <button type="button" class="button is-primary needs-script" id="save">
            <Icon name="check" />
            Save
          </button>
        </PageHeader>
        <div class="without-script">
          <Notice tone="warning">
            Editing needs JavaScript, which is off in this browser. Download the file, change it and upload it as a new revision.
          </Notice>
        </div>
        <div id="draft" hidden></div>
        <section id="conflict" class="card" aria-label="Somebody else saved this file" tabindex={-1} hidden></section>
        <div class="editor needs-script" data-mode={mode} data-view={mode === 'table' ? 'cells' : 'write'}>
          {mode === 'text' ? null : <ModeChoice mode={mode} />}
          {mode === 'table' ? (
            <>
              <TableTools />
              <div id="grid" class="grid" role="region" aria-label={`Table of ${file.name}`} tabindex={-1}></div>
            </>
          ) : null}
          <div class="editor-panes">
            <div class="editor-write" id="write-pane" hidden={mode === 'table'}>
              <label class="is-hidden" for="text">
                Text of {file.name}
              </label>
              <textarea
                id="text"
                spellcheck={mode === 'markdown'}
                autocapitalize={mode === 'markdown' ? 'sentences' : 'off'}
                autocomplete="off"
                wrap={mode === 'table' ? 'off' : 'soft'}
              ></textarea>
            </div>
            {mode === 'markdown' ? <div id="preview" class="prose card" role="region" aria-label="Preview" tabindex={0}></div> : null}
          </div>
        </div>
      </>
    ),
  }
}

/** Markdown: editor beside preview, on a phone one of them. Tables: cells, or their text. */
const ModeChoice = ({ mode }: { mode: 'markdown' | 'table' }) => (
  <div class={`button-group ${mode === 'markdown' ? 'is-phone-only' : ''}`} role="group" aria-label="View">
    {(mode === 'markdown' ? (['write', 'preview'] as const) : (['cells', 'text'] as const)).map((view, at) => (
      <button type="button" class="button is-small" data-view={view} aria-pressed={at === 0 ? 'true' : 'false'}>
        {{ write: 'Write', preview: 'Preview', cells: 'Table', text: 'Text' }[view]}
      </button>
    ))}
  </div>
)

const TABLE_TOOLS: readonly (readonly [act: string, text: string, icon: IconName])[] = [
  ['row-above', 'Row above', 'up'],
  ['row-below', 'Row below', 'down'],
  ['row-delete', 'Delete row', 'trash'],
  ['column-left', 'Column left', 'left'],
  ['column-right', 'Column right', 'right'],
  ['column-delete', 'Delete column', 'trash'],
]

const TableTools = () => (
  <div id="table-tools" class="table-tools" role="toolbar" aria-label="Rows and columns">
    <span class="note" id="cell-name" role="status"></span>
    {TABLE_TOOLS.map(([act, text, icon]) => (
      <button type="button" class="button is-small" data-table={act}>
        <Icon name={icon} />
        {text}
      </button>
    ))}
    <button type="button" class="button is-small" data-table="undo" disabled>
      <Icon name="undo" />
      Undo
    </button>
  </div>
)
