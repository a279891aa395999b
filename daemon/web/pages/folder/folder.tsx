/** The page of a folder: its content, with the newest values, live; and its actions. */
import { isSystemAdmin } from '../../../../src/tree/actor.ts'
import {
  SORTS,
  readContents,
  readTrends,
  type ContentsQuery,
  type FolderContents,
  type Sort,
} from '../../../../src/resources/folder-contents.ts'
import { isObject } from '../../../../src/base/json.ts'
import { canWrite } from '../../../../src/tree/permissions.ts'
import { readView } from '../../../../src/resources/info.ts'
import type { ControllerStatus } from '../../../../src/wire/answers.ts'
import type { UnitSystem } from '../../../../src/base/units.ts'
import { CONTROLLER_FOLDER } from '../../../../src/wire/resource-types.ts'
import { isFolder, pathOf, timezoneOf, type Resource } from '../../../../src/tree/tree.ts'
import { describeControllers } from '../../../../src/watching/controller-status.ts'
import { listActiveAlerts, type ActiveAlert } from '../../../../src/watching/active-alerts.ts'
import { ActiveAlerts } from '../../components/active-alerts.tsx'
import { Empty, Notice, PageHeader } from '../../components/basics.tsx'
import { KeyHelp } from '../../components/help.tsx'
import { Icon } from '../../components/icons.tsx'
import { DownloadDialog } from '../../components/download-dialog.tsx'
import { kindOf } from '../../components/kinds.ts'
import { FoundCount, ListSearch } from '../../components/lists.tsx'
import { Paging } from '../../components/paging.tsx'
import { FolderTabs, opensOnDashboard, ViewChoice } from '../../components/folder-tabs.tsx'
import { pageOf } from '../../links.ts'
import type { Page, PageRequest, PageRoute, ResourcePage } from '../../page.ts'
import { formatCount } from '../../shared/format.ts'
import { connectPage } from '../connect/connect.tsx'
import { StateLine, readStatus } from '../controller/state-strip.tsx'
import { showDashboard } from '../dashboard/dashboard.tsx'
import { createDevicePages } from './devices.tsx'
import { ContentsTable } from './contents-table.tsx'
import { FolderMenu, NewDialogs, NewMenu, SelectionBar } from './folder-actions.tsx'
import { ReadmeCard, findReadme } from './readme.tsx'
import { showTree } from './tree.tsx'

/** Number of children on one page, and of small charts in one answer. */
const PAGE_SIZE = 100

export function createFolderPages(): ResourcePage[] {
  return [
    {
      method: 'GET',
      fits: isFolder,
      forLinks: true,
      handle: async (request, folder) => {
        const index = opensOnDashboard(request, folder)
        return index ? showDashboard(request, index, folder) : showFolder(request, folder)
      },
    },
    { method: 'GET', fits: isFolder, view: 'contents', forLinks: true, handle: showFolder },
    { method: 'GET', fits: isFolder, view: 'tree', forLinks: true, handle: showTree },
    ...createDevicePages(),
  ]
}

/** Small charts of many sequences in one answer: `{id: [[seconds…], [values…]]}`. */
export const createTrendRoutes = (): PageRoute[] => [
  {
    method: 'GET',
    path: '/-/trends',
    open: true,
    forLinks: true,
    handle: async ({ ctx, actor, query }) => {
      const ids = (query['ids'] ?? '').split(',').slice(0, PAGE_SIZE).map(Number).filter(Number.isSafeInteger)
      const trends = await readTrends(ctx, actor, ids)
      const json = Object.fromEntries([...trends].map(([id, { times, values }]) => [id, [times.map((time) => time / 1e6), values]]))
      return new Response(JSON.stringify(json), { headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } })
    },
  },
]

async function showFolder(request: PageRequest, folder: Resource): Promise<Page> {
  const { ctx, actor, visitor } = request
  const query = await chooseQuery(request, folder)
  const contents = await readContents(ctx, actor, folder, query)
  const isWritable = canWrite(ctx, actor, folder)
  const readme = contents.page === 1 && query.filter === '' ? await findReadme(ctx, actor, folder) : undefined
  const { icon } = kindOf(folder)
  const mappingProblem = isWritable ? await ctx.devices.mappings.problemOf(ctx, folder) : undefined
  const alerts = await listActiveAlerts(ctx, actor, folder)
  const listed = contents.entries.flatMap(({ resource }) => (resource.type === CONTROLLER_FOLDER ? [resource] : []))
  const controllers = new Map((await describeControllers(ctx, actor, listed)).map((one) => [one.id, one]))
  const status = folder.type === CONTROLLER_FOLDER ? await readStatus(ctx, actor, folder) : undefined
  return {
    title: folder.name,
    resource: folder,
    script: 'folder',
    state: { path: pathOf(folder), isWritable, sort: request.query['sort'], isUser: visitor.user !== undefined },
    content: (
      <>
        <PageHeader title={folder.name} icon={icon}>
          <ViewChoice folder={folder} view="contents" />
          {isWritable ? <NewMenu /> : null}
          <FolderMenu folder={folder} isShareable={isWritable && actor.kind === 'user'} isUser={actor.kind === 'user'} />
        </PageHeader>
        <FolderTabs request={request} folder={folder} view="contents" />
        {status === undefined ? null : <StateLine status={status} controller={folder} now={ctx.clock.now()} />}
        <div id="contents" class="stack" data-refresh>
          <ActiveAlerts alerts={alerts} now={ctx.clock.now()} system={visitor.units} />
          {mappingProblem === undefined ? null : (
            <Notice tone="danger">
              mapping.yaml can’t be read: {mappingProblem} <a href={pageOf(folder, 'devices')}>Fix it</a>
            </Notice>
          )}
          {contents.total === 0 ? (
            <NothingHere folder={folder} isWritable={isWritable} />
          ) : (
            <Listing
              folder={folder}
              contents={contents}
              query={query}
              alerts={alerts}
              controllers={controllers}
              now={ctx.clock.now()}
              isWritable={isWritable}
              system={visitor.units}
            />
          )}
        </div>
        {readme ? <ReadmeCard readme={readme} renderer={request.markdown} /> : null}
        <DownloadDialog timezone={timezoneOf(ctx.tree, folder)} />
        {isWritable ? (
          <>
            <div id="drop-hint" class="drop-hint" aria-hidden="true">
              <Icon name="upload" class="is-huge" />
              Drop files and folders to upload them into {folder.name}, or a table to import its values
            </div>
            <section id="uploads" class="card uploads" aria-label="Uploads" hidden></section>
            <NewDialogs folder={folder} isAdmin={isSystemAdmin(actor)} />
          </>
        ) : null}
      </>
    ),
  }
}

/** The order that the address asks for; otherwise the one that this user chose last; otherwise by name. */
async function chooseQuery({ ctx, actor, query }: PageRequest, folder: Resource): Promise<ContentsQuery> {
  const view = query['sort'] === undefined ? await readView(ctx, actor, folder) : undefined
  const remembered = isObject(view) && typeof view['sort'] === 'string' ? view['sort'] : 'name'
  const wanted = query['sort'] ?? remembered
  const sort = wanted.replace(/^-/, '')
  return {
    sort: isSort(sort) ? sort : 'name',
    descending: wanted.startsWith('-'),
    filter: (query['filter'] ?? '').slice(0, 200),
    page: Number.parseInt(query['page'] ?? '1', 10) || 1,
    size: PAGE_SIZE,
  }
}

const isSort = (text: string): text is Sort => SORTS.some((sort) => sort === text)

const NothingHere = ({ folder, isWritable }: { folder: Resource; isWritable: boolean }) => (
  <Empty icon="folder" title="Nothing here yet">
    {isWritable ? (
      <>
        <p>Drop files here to upload them or to import their values, make a sequence for values, or connect a device that sends them.</p>
        <p class="actions is-centred needs-script">
          <a class="button is-primary" href={connectPage(pathOf(folder))}>
            <Icon name="controller" />
            Connect a controller
          </a>
          <button type="button" class="button" data-dialog="new-sequence">
            <Icon name="numeric" />
            Make a sequence
          </button>
          <button type="button" class="button" data-pick="upload-input">
            <Icon name="upload" />
            Upload files
          </button>
        </p>
      </>
    ) : (
      <p>What is put here and you may read shows up on this page.</p>
    )}
  </Empty>
)

const Listing = ({
  folder,
  contents,
  query,
  alerts,
  controllers,
  now,
  system,
  isWritable,
}: {
  folder: Resource
  contents: FolderContents
  query: ContentsQuery
  alerts: readonly ActiveAlert[]
  controllers: ReadonlyMap<number, ControllerStatus>
  now: number
  system: UnitSystem | undefined
  isWritable: boolean
}) => {
  const sort = `${query.descending ? '-' : ''}${query.sort}`
  const link = (page: number): string => pageOf(folder, 'contents', { sort, filter: query.filter, page })
  return (
    <>
      {contents.total > 8 ? (
        <ListSearch label={`Filter ${folder.name}`} text="Filter by name" name="filter" value={query.filter}>
          <input type="hidden" name="view" value="contents" />
          <input type="hidden" name="sort" value={sort} />
          <FoundCount
            wanted={query.filter}
            found={contents.found}
            all={contents.total}
            otherwise={`${formatCount(contents.total)} items`}
          />
        </ListSearch>
      ) : null}
      <SelectionBar isWritable={isWritable} />
      {contents.entries.length === 0 ? (
        <Empty icon="search" title="No name matches">
          <p>
            Nothing here contains “{query.filter}”. <a href={pageOf(folder, 'contents')}>Show everything</a>
          </p>
        </Empty>
      ) : (
        <>
          <ContentsTable
            folder={folder}
            contents={contents}
            query={query}
            alerts={alerts}
            controllers={controllers}
            now={now}
            system={system}
          />
          <KeyHelp about="keys of this list">
            Keys: up and down go from row to row, the space bar selects
            {isWritable ? ', F2 renames, Delete deletes, Ctrl+Z brings back' : ''}.
          </KeyHelp>
        </>
      )}
      <Paging page={contents.page} pages={contents.pages} link={link} />
    </>
  )
}
