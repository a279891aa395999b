/** The page of a numeric sequence: a chart that client/pages/sequence-chart.ts draws, with controls to move through time. */
import { listActiveAlerts } from '../../../../src/watching/active-alerts.ts'
import { canRead, canWrite, requireRead } from '../../../../src/tree/permissions.ts'
import { NUMERIC, TEXT } from '../../../../src/wire/resource-types.ts'
import { listCalibrations } from '../../../../src/sequences/calibrating.ts'
import { listMasks } from '../../../../src/sequences/masking.ts'
import { labelsOf } from '../../../../src/resources/labels.ts'
import { readValues, requireSpec } from '../../../../src/sequences/sequences.ts'
import { SECOND } from '../../../../src/base/time.ts'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import { Dialog, Notice } from '../../components/basics.tsx'
import { DownloadDialog } from '../../components/download-dialog.tsx'
import { Help } from '../../components/help.tsx'
import { Icon } from '../../components/icons.tsx'
import { apiOf } from '../../links.ts'
import type { Page, PageRequest } from '../../page.ts'
import { readChartAlerts } from './chart-alerts.ts'
import { ChartStatistics, ChartTools, DisplayDialog, SpanDialog } from './chart-controls.tsx'
import { NoteDialog } from './note-dialog.tsx'
import { readFilled } from './opening.ts'
import { frameSequence, readNewestOf, shownTimezone } from './sequence-frame.tsx'

/** Number of sequences of the same folder that are offered directly. */
const MAX_SIBLINGS = 100

export async function showChart(request: PageRequest, sequence: Resource): Promise<Page> {
  const { ctx, actor, visitor } = request
  requireRead(ctx, actor, sequence)
  const spec = requireSpec(sequence)
  const newest = await readNewestOf(request, sequence)
  const siblings = [...(sequence.parent?.children.values() ?? [])]
    .filter(
      (one) => one !== sequence && (one.sequence?.dataType === NUMERIC || one.sequence?.dataType === TEXT) && canRead(ctx, actor, one),
    )
    .slice(0, MAX_SIBLINGS)
  const notePlaces = writablePlaces(request, sequence)
  const masks = await listMasks(ctx, actor, sequence)
  return frameSequence(request, sequence, {
    labels: await labelsOf(ctx, actor, sequence),
    corrections: {
      masks,
      calibrations: await listCalibrations(ctx, actor, sequence),
    },
    alerts: await listActiveAlerts(request.ctx, request.actor, sequence),
    newest,
    script: 'sequence-chart',
    state: {
      units: spec.units,
      decimals: spec.decimalPlaces,
      newest: newest === undefined ? null : newest.time / SECOND,
      isMasked: newest === undefined && masks.length > 0 && (await hasStored(request, sequence)),
      filled: (await readFilled(ctx, actor, sequence)) ?? null,
      siblings: siblings.map((one) => pathOf(one)),
      notePlaces,
      canSearch: visitor.user !== undefined,
      alerts: await readChartAlerts(ctx, actor, sequence),
    },
    actions: (
      <>
        {notePlaces.length > 0 ? (
          <button type="button" class="button needs-script" id="note-button">
            <Icon name="edit" />
            Note
          </button>
        ) : null}
        <button type="button" class="button" data-dialog="add">
          <Icon name="plus" />
          Compare
        </button>
        <details class="menu" data-menu>
          <summary class="button">
            <Icon name="download" />
            Download
          </summary>
          <div class="menu-items is-right" id="downloads"></div>
        </details>
      </>
    ),
    content: (
      <>
        <noscript>
          <Notice>
            The chart needs JavaScript. <a href={`${apiOf(sequence)}?format=csv&download=1`}>All values as CSV</a>
          </Notice>
        </noscript>
        <section class="card chart-card" aria-label={`Chart of ${sequence.name}`} id="chart-card">
          <ChartTools timezone={shownTimezone(ctx, sequence)} />
          <ul class="legend" id="legend" aria-label="Sequences on the chart"></ul>
          <div class="chart-frame">
            <div id="chart" class="chart" role="group" tabindex={0} aria-label="Chart" aria-describedby="chart-help"></div>
            <p id="chart-empty" class="note" role="status" hidden></p>
          </div>
          <div id="strips" class="chart-strips" role="group" aria-label="States" hidden></div>
          <p id="reading" class="is-hidden" aria-live="polite"></p>
          <div id="table-frame" hidden>
            <div class="button-group no-print" role="group" aria-label="What the table lists">
              <button type="button" class="button is-small" data-table="values" aria-pressed="false">
                Values
              </button>
              <button type="button" class="button is-small" data-table="summaries" aria-pressed="false">
                As drawn
              </button>
            </div>
            <div id="table" class="table-frame chart-table" tabindex={0} role="region" aria-label="Values as a table"></div>
          </div>
          <div class="chart-foot">
            <p id="chart-note" class="note" role="status"></p>
            <Help about="moving through the chart" id="chart-help">
              <p>Drag across the chart to zoom in; drag with Shift to move. With two fingers you zoom, with one you move.</p>
              <p class="is-for-keys">
                Keys: arrows move through time, + and − zoom, Page Up and Page Down go by whole windows, Shift with arrows reads values,
                Home and End lead to the first and the newest.
              </p>
              <p>
                Where more values are shown than there is room for, the line is their mean and the band shows the least and the greatest. A
                click on a name hides its line.
              </p>
            </Help>
          </div>
          <ChartStatistics />
        </section>
        <SpanDialog />
        <DisplayDialog />
        <DownloadDialog timezone={shownTimezone(ctx, sequence)} />
        {notePlaces.length > 0 ? <NoteDialog places={notePlaces} /> : null}
        <AddDialog canSearch={visitor.user !== undefined} />
      </>
    ),
  })
}

/** Paths of the sequence and of the folders above it where the visitor may note. */
function writablePlaces({ ctx, actor }: PageRequest, sequence: Resource): string[] {
  const places: string[] = []
  for (let at: Resource | undefined = sequence; at; at = at.parent) if (canWrite(ctx, actor, at)) places.push(pathOf(at))
  return places
}

const AddDialog = ({ canSearch }: { canSearch: boolean }) => (
  <Dialog id="add" title="Compare with">
    <div class="form">
      <div class="field">
        <label for="add-search">{canSearch ? 'Name or path of a sequence' : 'Name of a sequence in this folder'}</label>
        <input id="add-search" type="search" autocomplete="off" maxlength={200} autofocus />
      </div>
      <ul id="add-results" class="pick-list" aria-label="Sequences"></ul>
      <p id="add-note" class="note" role="status"></p>
    </div>
  </Dialog>
)

/** Whether there is a value, masked or not. */
const hasStored = async ({ ctx, actor }: PageRequest, sequence: Resource): Promise<boolean> =>
  (await readValues(ctx, actor, sequence, { limit: 1, order: 'descending', view: 'raw' })).times.length > 0
