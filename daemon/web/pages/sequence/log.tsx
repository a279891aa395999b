/** The page of a text sequence: its lines, newest last; client/pages/sequence-log.ts adds new and older ones. */
import { InTurns } from '../../components/in-turns.tsx'
import { listActiveAlerts } from '../../../../src/watching/active-alerts.ts'
import { requireRead } from '../../../../src/tree/permissions.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { Empty, Tabs } from '../../components/basics.tsx'
import { Icon } from '../../components/icons.tsx'
import { LogLine } from '../../components/log-lines.tsx'
import { ZoneSelect } from '../../components/zone-select.tsx'
import { apiOf, pageOf } from '../../links.ts'
import type { Page, PageRequest } from '../../page.ts'
import { formatBytes } from '../../shared/format.ts'
import type { ShownLine } from '../../shared/shown-line.ts'
import { parseZoneChoice } from '../../shared/zone-choice.ts'
import { frameSequence, readNewestOf, shownTimezone } from './sequence-frame.tsx'
import { MAX_SEARCH, parseLineQuery, readLines } from './log-lines.ts'

export async function showLog(request: PageRequest, sequence: Resource): Promise<Page> {
  const { ctx, actor } = request
  requireRead(ctx, actor, sequence)
  const query = parseLineQuery(request.query)
  const { lines, more } = await readLines(ctx, actor, sequence, query)
  const oldest = lines[0]?.time
  const choice = parseZoneChoice(request.query['zone'])
  // Only the browser's script knows its own zone.
  const zone = choice === 'UTC' ? 'UTC' : shownTimezone(ctx, sequence)
  return frameSequence(request, sequence, {
    alerts: await listActiveAlerts(request.ctx, request.actor, sequence),
    newest: await readNewestOf(request, sequence),
    script: 'sequence-log',
    state: { text: query.text, choice, isNewest: query.before === undefined, more },
    actions: <LogActions sequence={sequence} text={query.text} />,
    content: (
      <>
        <LogTabs sequence={sequence} view={undefined} />
        <form class="filter no-print" method="get" role="search" aria-label={`Search in ${sequence.name}`} id="log-search">
          <label class="is-hidden" for="log-text">
            Search in the lines
          </label>
          <input
            id="log-text"
            type="search"
            name="text"
            value={query.text}
            placeholder="Lines that contain…"
            maxlength={MAX_SEARCH}
            autocomplete="off"
          />
          <button type="submit" class="button">
            <Icon name="search" />
            Search
          </button>
          {choice === '' ? null : <input type="hidden" name="zone" value={choice} />}
          <ZoneSelect timezone={shownTimezone(ctx, sequence)} />
          {query.text === '' ? null : <a href={pageOf(sequence, undefined, { zone: choice })}>Show all lines</a>}
        </form>
        <section class="card log-states no-print" id="states" aria-label="States" hidden></section>
        <section class="log-frame" aria-label="Lines">
          <p class="log-older no-print" id="log-older" hidden={!more}>
            <a class="button is-small" href={pageOf(sequence, undefined, { text: query.text, before: oldest, zone: choice })}>
              <Icon name="up" />
              Older lines
            </a>
          </p>
          <ol class="log-lines is-tall" tabindex={0} aria-label={`Lines of ${sequence.name}`} id="lines">
            <InTurns>
              {lines.map((line) => (
                <Line sequence={sequence} line={line} zone={zone} />
              ))}
            </InTurns>
          </ol>
          <div id="log-empty" hidden={lines.length > 0}>
            {query.text === '' ? (
              <Empty icon="text" title="Nothing was logged yet">
                <p>Lines show up here by themselves as soon as they come.</p>
              </Empty>
            ) : (
              <Empty icon="search" title="No line fits">
                <p>
                  No {query.before === undefined ? '' : 'older '}line contains “{query.text}”. Capitals count.
                </p>
              </Empty>
            )}
          </div>
          <button type="button" class="button is-primary is-small log-new no-print" id="log-new" hidden>
            <Icon name="down" />
            <span></span>
          </button>
        </section>
        {query.before === undefined ? null : (
          <p>
            <a href={pageOf(sequence, undefined, { text: query.text, zone: choice })}>Back to the newest lines</a>
          </p>
        )}
      </>
    ),
  })
}

export const LogTabs = ({ sequence, view }: { sequence: Resource; view: string | undefined }) => (
  <Tabs
    label={`Views of ${sequence.name}`}
    tabs={[
      { text: 'Lines', href: pageOf(sequence), isCurrent: view === undefined },
      { text: 'Grouped', href: pageOf(sequence, 'groups'), isCurrent: view === 'groups' },
    ]}
  />
)

export const LogActions = ({ sequence, text }: { sequence: Resource; text: string }) => (
  <a
    class="button"
    href={`${apiOf(sequence)}?${new URLSearchParams({ format: 'csv', download: '1', ...(text === '' ? {} : { text }) }).toString()}`}
  >
    <Icon name="download" />
    {text === '' ? 'Download' : 'Download these'}
  </a>
)

const Line = ({ sequence, line: { time, text, length }, zone }: { sequence: Resource; line: ShownLine; zone: string | undefined }) => (
  <LogLine time={time} text={text} zone={zone}>
    {length > text.length ? (
      <>
        {' '}
        <a class="log-rest" href={`${apiOf(sequence)}?rev=${time}`} data-rest>
          … all of it ({formatBytes(length)})
        </a>
      </>
    ) : null}
  </LogLine>
)
