/** A dashboard as a page: a frame for each tile, which client/pages/dashboard.ts fills, and what it takes to change them. */
import { Fault } from '../../../../src/base/fault.ts'
import { escapeHidden } from '../../../../src/base/hidden-text.ts'
import { DASHBOARD_ENDING, type Tile } from '../../../../src/dashboards/dashboard-file.ts'
import { fillIn } from '../../../../src/dashboards/path-forms.ts'
import { heardFolders, openDashboard, readDashboardText, type OpenDashboard } from '../../../../src/dashboards/tile-data.ts'
import type { TileKind } from '../../../../src/dashboards/tile-kind.ts'
import { choiceName, chosenNames } from '../../../../src/dashboards/variables.ts'
import { canWrite, requireRead } from '../../../../src/tree/permissions.ts'
import { pathOf, timezoneOf, type Resource } from '../../../../src/tree/tree.ts'
import { Empty, Notice, PageHeader } from '../../components/basics.tsx'
import { FolderTabs } from '../../components/folder-tabs.tsx'
import { Icon } from '../../components/icons.tsx'
import { kindOf } from '../../components/kinds.ts'
import { apiOf, pageOf } from '../../links.ts'
import type { Page, PageRequest } from '../../page.ts'
import type { DashboardState } from '../../shared/dashboard-tiles.ts'
import { EditBar, EditDialogs } from './edit-dialogs.tsx'
import { revisionOf } from '../file/raw.ts'
import { htmlOf, titleOf } from './tiles.tsx'

/** @param folder that opens on this dashboard: the page is the folder's then @throws Fault forbidden, not_found */
export async function showDashboard(request: PageRequest, file: Resource, folder?: Resource): Promise<Page> {
  const { ctx, actor, query } = request
  requireRead(ctx, actor, file)
  const revisionId = folder ? undefined : revisionOf(query, 'rev')
  try {
    return await showTiles(request, await openDashboard(ctx, actor, file, query, { revisionId }), folder, revisionId)
  } catch (error) {
    if (error instanceof Fault && error.code === 'invalid') return showProblem(request, file, folder, error)
    throw error
  }
}

async function showTiles(request: PageRequest, open: OpenDashboard, folder: Resource | undefined, revisionId?: number): Promise<Page> {
  const { ctx, actor, query } = request
  const { file, dashboard, choices } = open
  const isEditable = canWrite(ctx, actor, file) && revisionId === undefined
  const names = chosenNames(choices)
  const title = dashboard.title === undefined ? plainName(file, folder) : fillIn(dashboard.title, names)
  const { folders, isWhole } = heardFolders(ctx, actor, open)
  const kinds = [...ctx.tileKinds.all.values()]
  const state: DashboardState = {
    address: pageOf(file, 'tiles', { ...chosenQuery(open), ...(revisionId === undefined ? {} : { rev: revisionId }) }),
    revision: open.revision,
    tiles: dashboard.tiles.map(({ kind, title: own, place, settings }) => ({ kind: kind.name, title: own, place, settings })),
    kinds: kinds.map(({ name, label, settings, size, isPolled = false }) => ({ name, label, settings, size, isPolled })),
    folders,
    isPolled: !isWhole,
    isEditable,
    folder: open.folder,
    variables: choices.map(({ name }) => name),
    now: ctx.clock.now() / 1000,
    timezone: timezoneOf(ctx.tree, file),
  }
  const panels = await Promise.all(dashboard.tiles.map((tile, at) => Panel({ request, open, tile, at })))
  return {
    title,
    resource: folder ?? file,
    script: 'dashboard',
    // Those of all kinds where tiles can be added.
    files: { scripts: [], styles: stylesOf(isEditable ? kinds : dashboard.tiles.map(({ kind }) => kind)) },
    wide: true,
    state,
    content: (
      <div id="board-page" class="board-page stack" data-wall={query['wall'] === '1' ? '' : undefined}>
        <PageHeader
          title={title}
          icon={kindOf(file).icon}
          {...(dashboard.note === undefined ? {} : { lead: fillIn(dashboard.note, names) })}
        >
          <Choices open={open} request={request} />
          <Actions file={file} isEditable={isEditable} isShared={request.visitor.reader !== undefined} />
        </PageHeader>
        {folder ? <FolderTabs request={request} folder={folder} view="dashboard" /> : null}
        {revisionId === undefined ? null : (
          <Notice>
            This is an earlier revision. <a href={pageOf(file)}>Show the newest</a> · <a href={pageOf(file, 'revisions')}>All revisions</a>
          </Notice>
        )}
        <noscript>
          <Notice>The tiles need JavaScript to show anything but text.</Notice>
        </noscript>
        {isEditable ? <EditBar kinds={ctx.tileKinds.all} /> : null}
        <p id="board-state" class="board-state" role="status" hidden></p>
        <div id="board" class="board" data-count={dashboard.tiles.length}>
          {panels}
        </div>
        <div id="board-empty" hidden={dashboard.tiles.length > 0}>
          <Empty icon="app" title="No tile yet">
            <p>{isEditable ? 'Add a chart, newest values, a text or another tile with “Edit”.' : 'Nobody has put a tile here yet.'}</p>
          </Empty>
        </div>
        {isEditable ? <EditDialogs /> : null}
      </div>
    ),
  }
}

const stylesOf = (kinds: readonly TileKind[]): string[] => [...new Set(kinds.flatMap(({ styles = [] }) => styles))]

const plainName = (file: Resource, folder: Resource | undefined): string =>
  folder ? folder.name : file.name.slice(0, -DASHBOARD_ENDING.length) || file.name

/** What the address chooses, so that requests of the page choose the same. */
const chosenQuery = ({ choices }: OpenDashboard): Record<string, string> =>
  Object.fromEntries(choices.flatMap(({ name, chosen, folders }) => (chosen ? [[name, choiceName(chosen, folders)]] : [])))

const Choices = ({ open: { choices }, request: { query } }: { open: OpenDashboard; request: PageRequest }) =>
  choices.length === 0 ? null : (
    <form class="board-choices" method="get" id="board-choices" aria-label="What is shown">
      {query['wall'] === undefined ? null : <input type="hidden" name="wall" value={query['wall']} />}
      {choices.map(({ name, label, folders, chosen }) => (
        <>
          <label for={`choice-${name}`}>{label}</label>
          <select id={`choice-${name}`} name={name}>
            {folders.length === 0 ? <option value="">none that you may read</option> : null}
            {folders.map((one) => (
              <option value={choiceName(one, folders)} selected={one === chosen}>
                {escapeHidden(choiceName(one, folders))}
              </option>
            ))}
          </select>
        </>
      ))}
      <button type="submit" class="button without-script">
        Show
      </button>
    </form>
  )

const Actions = ({ file, isEditable, isShared }: { file: Resource; isEditable: boolean; isShared: boolean }) => (
  <>
    {isEditable ? (
      <button type="button" class="button is-primary needs-script" id="edit-board">
        <Icon name="edit" />
        Edit
      </button>
    ) : null}
    <button type="button" class="button needs-script" id="to-wall">
      <Icon name="monitor" />
      Full screen
    </button>
    <details class="menu" data-menu>
      <summary class="button is-icon" aria-label="More actions">
        <Icon name="more" />
      </summary>
      <div class="menu-items is-right">
        {isEditable ? (
          <a href={pageOf(file, 'edit')}>
            <Icon name="text" />
            <span>Edit as text</span>
          </a>
        ) : null}
        {isEditable ? (
          <a href={pageOf(file, 'links')} data-share>
            <Icon name="link" />
            <span>Share by a secret link</span>
          </a>
        ) : null}
        {isShared ? null : (
          <a href={pageOf(file, 'revisions')}>
            <Icon name="clock" />
            <span>Revisions</span>
          </a>
        )}
        <a href={`${apiOf(file)}?download=1`} download>
          <Icon name="download" />
          <span>Download</span>
        </a>
      </div>
    </details>
  </>
)

/** The frame of one tile. Its place is set by the script: the policy allows no style in the page. */
async function Panel({ request, open, tile, at }: { request: PageRequest; open: OpenDashboard; tile: Tile; at: number }) {
  const title = titleOf(tile, open.choices)
  const html = await htmlOf({ kind: tile.kind.name, data: tile.settings }, open, request.markdown)
  return (
    <section class="panel" id={`panel-${at}`} data-kind={tile.kind.name} aria-label={title === '' ? 'Text' : title}>
      <div class="panel-head" hidden={title === ''}>
        <h2>{escapeHidden(title)}</h2>
        <span class="panel-age"></span>
      </div>
      {html === undefined ? (
        <div class="panel-body"></div>
      ) : (
        <div class="panel-body" tabindex={0} role="group" aria-label="Text">
          <div class="prose" dangerouslySetInnerHTML={{ __html: html }}></div>
        </div>
      )}
      <p class="panel-note note" hidden></p>
    </section>
  )
}

/** What is wrong, with its line, above the text as it stands. */
async function showProblem(request: PageRequest, file: Resource, folder: Resource | undefined, fault: Fault): Promise<Page> {
  const { ctx, actor, query } = request
  const text = await readDashboardText(ctx, actor, file, folder ? undefined : revisionOf(query, 'rev')).then(
    (found) => found.text,
    () => '',
  )
  return {
    title: plainName(file, folder),
    resource: folder ?? file,
    content: (
      <>
        <PageHeader title={plainName(file, folder)} icon={kindOf(file).icon}>
          {canWrite(ctx, actor, file) ? (
            <a class="button is-primary" href={pageOf(file, 'edit')}>
              <Icon name="edit" />
              Edit as text
            </a>
          ) : null}
          <a class="button" href={pageOf(file, 'revisions')}>
            <Icon name="clock" />
            Revisions
          </a>
        </PageHeader>
        {folder ? <FolderTabs request={request} folder={folder} view="dashboard" /> : null}
        <Notice tone="danger">
          {pathOf(file)} can’t be shown: {fault.message}
        </Notice>
        {text === '' ? null : (
          <ol class="numbered-text" tabindex={0} aria-label={`Text of ${file.name}`}>
            {text.split('\n').map((line) => (
              <li>
                <code>{line}</code>
              </li>
            ))}
          </ol>
        )}
      </>
    ),
  }
}
