/** `/-/system`: counts, and how busy the server has been for a day. */
import { VERSION } from '../../../../src/base/version.ts'
import { listOrganizations } from '../../../../src/resources/organizations.ts'
import { readServerState, type Measure, type ServerState } from '../../../../src/housekeeping/load-history.ts'
import { readStats } from '../../../../src/housekeeping/counts.ts'
import { countControllers } from '../../../../src/watching/watchdog.ts'
import { adminsWithoutFactor } from '../../../../src/people/second-factors.ts'
import { readBackupState } from '../../../../src/backup/state.ts'
import { dismissWrongClock, listWrongClocks, shiftWrongClock } from '../../../../src/housekeeping/wrong-clocks.ts'
import { conflict } from '../../../../src/base/fault.ts'
import { Card, Notice, RefusalNotice } from '../../components/basics.tsx'
import { DoneNotice } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { redirect, type Page, type PageReply, type PageRequest, type Refusal } from '../../page.ts'
import { formatBytes, formatCount, formatNumber } from '../../shared/format.ts'
import { SPARK_HEIGHT, SPARK_WIDTH, outlineOf } from '../../shared/sparkline.ts'
import { checkWaiting } from '../../../workers/waiting-uploads.ts'
import { BackupCard } from './backup-card.tsx'
import { ClockCard } from './clock-card.tsx'
import { frameSystem } from './system-frame.tsx'

/** Number of points of a small chart. */
const POINTS = 240
/** Admins that are named. */
const MOST_NAMED = 5

export async function showOverview({ ctx, actor, visitor, query }: PageRequest, refusal?: Refusal): Promise<Page> {
  const stats = await readStats(ctx, actor)
  const state = await readServerState(ctx, actor)
  const backups = await readBackupState(ctx, actor)
  const organizations = await listOrganizations(ctx, actor)
  const controllers = countControllers(ctx)
  const unguarded = await adminsWithoutFactor(ctx.db)
  const stretches = await listWrongClocks(ctx, actor)
  const bucket = checkWaiting(ctx)
  const uptime = state.uptime
  return frameSystem('Overview', {
    script: 'listing',
    ...(refusal === undefined ? {} : { status: 400 }),
    lead: `rhizo ${VERSION} on Node ${state.nodeVersion}, running for ${formatSpan(uptime)}`,
    content: (
      <div id="overview" class="stack" data-refresh>
        {refusal ? null : <DoneNotice query={query} texts={{ moved: 'The values were moved.', left: 'The values stay as they are.' }} />}
        <RefusalNotice refusal={refusal} />
        <ClockCard stretches={stretches} visitor={visitor} />
        {bucket.message === undefined ? null : <Notice tone={bucket.state === 'error' ? 'danger' : 'warning'}>{bucket.message}</Notice>}
        {unguarded.length === 0 ? null : (
          <Notice tone="warning">
            {`System admins without a second factor: ${unguarded.slice(0, MOST_NAMED).join(', ')}`}
            {unguarded.length > MOST_NAMED ? ` and ${unguarded.length - MOST_NAMED} more` : ''}. Anyone who learns such a password has the
            whole server. <a href="/-/second-factors">Set one up</a>
          </Notice>
        )}
        <Card title="What is here">
          <dl class="facts">
            <Fact name="Users" value={formatCount(stats.user_count)} href="/-/system/users" />
            <Fact name="Organizations" value={formatCount(organizations.length)} href="/-/system/organizations" />
            <Fact
              name="Controllers"
              value={`${formatCount(controllers.all)}, ${formatCount(controllers.connected)} connected`}
              href="/-/controllers"
            />
            <Fact name="Silent controllers" value={formatCount(controllers.silent)} href="/-/controllers" />
            <Fact name="Folders, files and sequences" value={formatCount(stats.resource_count)} />
            <Fact name="Revisions of files and images" value={formatCount(stats.resource_revision_count)} />
            <Fact name="Outgoing messages" value={formatCount(stats.message_count)} href="/-/system/messages" />
            <Fact
              name="Database"
              value={
                formatBytes(state.databaseBytes) +
                (state.freeBytes === undefined ? '' : `; ${formatBytes(state.freeBytes)} free on its disk`)
              }
            />
          </dl>
        </Card>
        <BackupCard state={backups} now={ctx.clock.now()} />
        <Card title="How busy it is" note={noteOf(state)}>
          <ul class="charts">
            {CHARTS.map(([measure, name, format]) => (
              <Chart name={name} times={state.history.time} values={state.history[measure]} format={format} />
            ))}
          </ul>
        </Card>
      </div>
    ),
  })
}

/** Moves what was stamped by a wrong clock, or leaves it. */
export async function settleClock(request: PageRequest): Promise<PageReply> {
  const { ctx, actor, form } = request
  const id = Number(form['id'])
  const isDismissed = form['do'] === 'dismiss'
  const refusal = await refusalOf(form, async () => {
    if (isDismissed) return dismissWrongClock(ctx, actor, id)
    const { failed } = await shiftWrongClock(ctx, actor, id)
    const [first] = failed
    if (first) throw conflict(`${failed.length} could not be moved, the others were. ${first.reason}`)
  })
  return refusal ? showOverview(request, refusal) : redirect(`/-/system?done=${isDismissed ? 'left' : 'moved'}`)
}

const Fact = ({ name, value, href }: { name: string; value: string; href?: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{href === undefined ? value : <a href={href}>{value}</a>}</dd>
  </div>
)

type Format = (value: number) => string
const rate: Format = (value) => `${formatNumber(Number(value.toPrecision(3)))} a second`

const CHARTS: readonly (readonly [Measure, string, Format])[] = [
  ['values', 'Values stored', rate],
  ['requests', 'HTTP requests', rate],
  ['messages', 'WebSocket and MQTT messages', rate],
  ['connections', 'Open connections', (value) => formatCount(Math.round(value))],
  ['memory', 'Memory', formatBytes],
  ['processor', 'Processor', (value) => `${formatNumber(Number(value.toPrecision(2)))} %`],
]

/** Drawn from zero, so that small changes don't look large. */
const Chart = ({ name, times, values, format }: { name: string; times: readonly number[]; values: readonly number[]; format: Format }) => {
  const newest = values.at(-1)
  const most = Math.max(0, ...values)
  const thin = thinOut(times, values)
  return (
    <li class="chart-tile">
      <span class="stat-label">{name}</span>
      <span class="stat-value">{newest === undefined ? '–' : format(newest)}</span>
      <svg
        class="sparkline is-wide"
        viewBox={`0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${name}: at most ${format(most)}`}
      >
        {values.length < 2 ? null : <path d={outlineOf(thin.times, thin.values, { least: 0, most })} />}
      </svg>
      <span class="note">{values.length < 2 ? 'The first samples come within a minute.' : `at most ${format(most)}`}</span>
    </li>
  )
}

/** The highest value of each group: peaks must not vanish. */
function thinOut(times: readonly number[], values: readonly number[]): { times: number[]; values: number[] } {
  const step = Math.max(1, Math.ceil(values.length / POINTS))
  const thin: { times: number[]; values: number[] } = { times: [], values: [] }
  for (let from = 0; from < values.length; from += step) {
    thin.times.push(times[from] ?? 0)
    thin.values.push(Math.max(...values.slice(from, from + step)))
  }
  return thin
}

function noteOf({ history }: ServerState): string {
  const [first, last] = [history.time[0], history.time.at(-1)]
  return first === undefined || last === undefined || first === last
    ? 'Sampled twice a minute while the server runs, for a day.'
    : `The last ${formatSpan((last - first) / 1e6)}; sampled twice a minute while the server runs, kept for a day.`
}

/** `3 days`, `20 minutes` */
function formatSpan(seconds: number): string {
  const [size, unit] =
    seconds >= 172_800
      ? [seconds / 86_400, 'days']
      : seconds >= 7_200
        ? [seconds / 3_600, 'hours']
        : seconds >= 120
          ? [seconds / 60, 'minutes']
          : [seconds, 'seconds']
  return `${Math.round(size)} ${unit}`
}
