/** The first page: alerts, silent controllers, favourites with their newest values, the greeting, and the organizations. */
import { escapeHidden } from '../../../src/base/hidden-text.ts'
import type { ControllerStatus, OrganizationInfo } from '../../../src/wire/answers.ts'
import { listControllers } from '../../../src/watching/controller-status.ts'
import { DASHBOARD_ENDING, INDEX_DASHBOARD, isDashboardName } from '../../../src/dashboards/dashboard-file.ts'
import { listFavourites, readFavouriteValues, readLatelyHeard } from '../../../src/dashboards/favourites.ts'
import { HOME_PATH, createHomeText, findReadableFolders, readHomeText } from '../../../src/resources/home-page.ts'
import { listOrganizations } from '../../../src/resources/organizations.ts'
import type { Micros } from '../../../src/base/time.ts'
import { pathOf, type Resource } from '../../../src/tree/tree.ts'
import type { Context } from '../../../src/context.ts'
import type { Actor } from '../../../src/tree/actor.ts'
import { hasAlerts, listActiveAlerts } from '../../../src/watching/active-alerts.ts'
import { listUnreachable } from '../../../src/watching/watch-warnings.ts'
import { ActiveAlerts, UnreachableNotice } from '../components/active-alerts.tsx'
import { NewestValues } from '../components/newest-values.tsx'
import { Card, Csrf, Empty, PageHeader } from '../components/basics.tsx'
import { ControllersTable, byUrgency } from '../components/controllers-table.tsx'
import { Icon } from '../components/icons.tsx'
import { kindOf } from '../components/kinds.ts'
import { Markdown } from '../components/markdown.tsx'
import { pageOf, signInPage } from '../links.ts'
import { redirect, type Page, type PageReply, type PageRequest, type PageRoute } from '../page.ts'
import { formatCount } from '../shared/format.ts'

/** Number of silent controllers that are listed; the page of all controllers has the others. */
const MAX_SILENT = 20
const MAX_FOLDERS = 60

export function createHomePages(): PageRoute[] {
  return [
    { method: 'GET', path: '/', open: true, handle: showHome },
    { method: 'POST', path: '/-/home', handle: makeHomeText },
  ]
}

async function showHome(request: PageRequest): Promise<PageReply> {
  return request.visitor.user === undefined ? showToAnonymous(request) : showToUser(request)
}

async function showToUser({ ctx, actor, visitor, markdown }: PageRequest): Promise<Page> {
  const text = await readHomeText(ctx, actor)
  const organizations = await listOrganizations(ctx, actor)
  const controllers = await listControllers(ctx, actor, undefined)
  const alerts = await listActiveAlerts(ctx, actor)
  const favourites = await listFavourites(ctx, actor)
  const isStarred = favourites.length > 0
  const values = isStarred ? await readFavouriteValues(ctx, actor, favourites) : await readLatelyHeard(ctx, actor, controllers)
  return {
    title: ctx.settings.SYSTEM_NAME,
    script: 'listing',
    content: (
      <>
        <PageHeader title={ctx.settings.SYSTEM_NAME}>
          {controllers.length === 0 && organizations.length > 0 ? (
            <a class="button is-primary" href="/-/connect">
              <Icon name="controller" />
              Connect a controller
            </a>
          ) : null}
          {visitor.user?.isSystemAdmin === true ? <EditHome hasText={ctx.tree.find(HOME_PATH) !== undefined} visitor={visitor} /> : null}
        </PageHeader>
        <UnreachableNotice unreachable={listUnreachable(ctx, actor)} />
        <div id="silent" class="stack" data-refresh>
          <ActiveAlerts alerts={alerts} now={ctx.clock.now()} system={visitor.units} />
          {isWatched(ctx, actor, controllers) ? (
            <Silent controllers={controllers} now={ctx.clock.now()} />
          ) : organizations.length === 0 ? null : (
            <p class="status">
              <span class="dot"></span>
              <span>
                {NOTHING_WATCHED} <a href="/-/alerts">Alerts</a>
              </span>
            </p>
          )}
        </div>
        <div id="favourites" class="stack" data-refresh>
          <Favourites favourites={favourites} />
          {values.length === 0 ? null : (
            <Card
              title="Newest values"
              note={
                isStarred
                  ? 'Of sequences with a star, and of those in a folder or controller with one.'
                  : 'Of the controllers that were heard last, until you star something.'
              }
            >
              <NewestValues values={values} now={ctx.clock.now()} system={visitor.units} />
            </Card>
          )}
        </div>
        {text === undefined ? null : (
          <section class="card" aria-label="Greeting">
            <Markdown renderer={markdown} text={text} folder="/system" />
          </section>
        )}
        <Card title="My organizations">
          <Organizations organizations={organizations} />
        </Card>
      </>
    ),
  }
}

const EditHome = ({ hasText, visitor }: { hasText: boolean; visitor: PageRequest['visitor'] }) =>
  hasText ? (
    <a class="button" href={pageOf(HOME_PATH, 'edit')}>
      <Icon name="edit" />
      Edit this page
    </a>
  ) : (
    <form method="post" action="/-/home">
      <Csrf visitor={visitor} />
      <button type="submit" class="button">
        <Icon name="edit" />
        Write a greeting
      </button>
    </form>
  )

const NOTHING_WATCHED = 'Nothing is watched: nobody is told when a value is wrong or a controller falls silent.'

const isWatched = (ctx: Context, actor: Actor, controllers: readonly ControllerStatus[]): boolean =>
  controllers.some(({ silent }) => silent !== null) || hasAlerts(ctx, actor)

const NONE_WATCHED = 'No controller is watched: nobody is told when one falls silent.'

const Silent = ({ controllers, now }: { controllers: readonly ControllerStatus[]; now: Micros }) => {
  const silent = controllers.filter((controller) => controller.silent === true).sort(byUrgency)
  if (controllers.length === 0) return null
  const watched = controllers.filter((controller) => controller.silent !== null).length
  if (silent.length === 0) {
    return (
      <p class="status">
        <span class={watched === 0 ? 'dot' : 'dot is-success'}></span>
        <span>
          {watched === 0 ? NONE_WATCHED : 'No controller that is watched is silent.'}{' '}
          <a href="/-/controllers">{controllers.length === 1 ? 'The controller' : `All ${formatCount(controllers.length)} controllers`}</a>
        </span>
      </p>
    )
  }
  return (
    <Card
      title={silent.length === 1 ? 'A controller is silent' : `${formatCount(silent.length)} controllers are silent`}
      note="Nothing was heard for longer than a watchdog or an alert allows."
    >
      <ControllersTable controllers={silent.slice(0, MAX_SILENT)} now={now} />
      <p>
        <a href="/-/controllers">All {formatCount(controllers.length)} controllers</a>
      </p>
    </Card>
  )
}

const Favourites = ({ favourites }: { favourites: readonly Resource[] }) =>
  favourites.length === 0 ? (
    <p class="note">Star a sequence, controller, folder or dashboard at the top of its page, and it shows here with its newest values.</p>
  ) : (
    <Card title="Favourites">
      <ResourceTiles resources={favourites} />
    </Card>
  )

const Organizations = ({ organizations }: { organizations: readonly OrganizationInfo[] }) =>
  organizations.length === 0 ? (
    <Empty icon="organization" title="You belong to no organization yet">
      <p>Ask an admin of one to invite you.</p>
    </Empty>
  ) : (
    <ul class="tiles">
      {organizations.map(({ path, full_name: fullName, folder_name: name }) => (
        <li>
          <a class="tile" href={pageOf(path)}>
            <Icon name="organization" class="is-large" />
            <span>
              <strong>{fullName === '' ? name : fullName}</strong>
              <span class="note">{path}</span>
            </span>
          </a>
        </li>
      ))}
    </ul>
  )

/** Visitors who are not signed in see what is public; if nothing is, they can only sign in. */
async function showToAnonymous({ ctx, actor, markdown }: PageRequest): Promise<PageReply> {
  const text = await readHomeText(ctx, actor)
  const folders = findReadableFolders(ctx, actor, MAX_FOLDERS)
  if (text === undefined && folders.length === 0) return redirect(signInPage('/'))
  return {
    title: ctx.settings.SYSTEM_NAME,
    content: (
      <>
        <PageHeader title={ctx.settings.SYSTEM_NAME}>
          <a class="button is-primary" href={signInPage('/')}>
            Sign in
          </a>
        </PageHeader>
        {text === undefined ? null : (
          <section class="card" aria-label="Greeting">
            <Markdown renderer={markdown} text={text} folder="/system" />
          </section>
        )}
        {folders.length === 0 ? null : (
          <Card title="Open to everybody" note="Sign in to see what else you may see.">
            <ResourceTiles resources={folders} />
          </Card>
        )}
      </>
    ),
  }
}

/** A dashboard goes by its name, and that on which its folder opens by the folder's. */
const shownName = ({ name, parent }: Resource): string =>
  !isDashboardName(name) ? name : name === INDEX_DASHBOARD && parent ? parent.name : name.slice(0, -DASHBOARD_ENDING.length)

const ResourceTiles = ({ resources }: { resources: readonly Resource[] }) => (
  <ul class="tiles">
    {resources.map((one) => (
      <li>
        <a class="tile" href={pageOf(one)}>
          <Icon name={kindOf(one).icon} class="is-large" />
          <span>
            <strong>{escapeHidden(shownName(one))}</strong>
            <span class="note">{pathOf(one)}</span>
          </span>
        </a>
      </li>
    ))}
  </ul>
)

async function makeHomeText({ ctx, actor }: PageRequest): Promise<Response> {
  await createHomeText(ctx, actor)
  return redirect(pageOf(HOME_PATH, 'edit'))
}
