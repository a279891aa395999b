/** The page of a numeric sequence: a chart that client/pages/sequence-chart.ts draws, with controls to move through time. */
import { listActiveAlerts } from '../../../../src/watching/active-alerts.ts'
import { canRead, canWrite, requireRead } from '../../../../src/tree/permissions.ts'
import { NUMERIC } from '../../../../src/wire/resource-types.ts'
import { listCalibrations } from '../../../../src/sequences/calibrating.ts'
import { listMasks } from '../../../../src/sequences/masking.ts'
import { labelsOf } from '../../../../src/resources/labels.ts'
import { requireSpec } from '../../../../src/sequences/sequences.ts'
import { SECOND } from '../../../../src/base/time.ts'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import { Dialog, Notice } from '../../components/basics.tsx'
import { DownloadDialog } from '../../components/download-dialog.tsx'
import { DialogForm } from '../../components/forms.tsx'
import { Icon, type IconName } from '../../components/icons.tsx'
import { TimeField } from '../../components/time-field.tsx'
import { ZoneSelect } from '../../components/zone-select.tsx'
import { apiOf } from '../../links.ts'
import type { Page, PageRequest } from '../../page.ts'
import { RANGES } from '../../shared/chart-state.ts'
import { readChartAlerts } from './chart-alerts.ts'
import { NoteDialog } from './note-dialog.tsx'
import { frameSequence, readNewestOf, shownTimezone } from './sequence-frame.tsx'

/** Number of sequences of the same folder that are offered directly. */
const MAX_SIBLINGS = 100

export async function showChart(request: PageRequest, sequence: Resource): Promise<Page> {
  const { ctx, actor, visitor } = request
  requireRead(ctx, actor, sequence)
  const spec = requireSpec(sequence)
  const newest = await readNewestOf(request, sequence)
  const siblings = [...(sequence.parent?.children.values() ?? [])]
    .filter((one) => one !== sequence && one.sequence?.dataType === NUMERIC && canRead(ctx, actor, one))
    .slice(0, MAX_SIBLINGS)
  const notePlaces = writablePlaces(request, sequence)
  return frameSequence(request, sequence, {
    labels: await labelsOf(ctx, actor, sequence),
    corrections: {
      masks: await listMasks(ctx, actor, sequence),
      calibrations: await listCalibrations(ctx, actor, sequence),
    },
    alerts: await listActiveAlerts(request.ctx, request.actor, sequence),
    newest,
    script: 'sequence-chart',
    state: {
      units: spec.units,
      decimals: spec.decimalPlaces,
      newest: newest === undefined ? null : newest.time / SECOND,
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
          <Tools timezone={shownTimezone(ctx, sequence)} />
          <ul class="legend" id="legend" aria-label="Sequences on the chart"></ul>
          <div class="chart-frame">
            <div id="chart" class="chart" role="group" tabindex={0} aria-label="Chart" aria-describedby="chart-help"></div>
            <p id="chart-empty" class="note" role="status" hidden></p>
          </div>
          <p id="reading" class="is-hidden" aria-live="polite"></p>
          <div id="table" class="table-frame chart-table" tabindex={0} role="region" aria-label="Values as a table" hidden></div>
          <div class="chart-foot">
            <p id="chart-note" class="note" role="status"></p>
            <p id="chart-help" class="note no-print is-for-keys">
              Drag across the chart to zoom in. Keys: arrows move through time, + and − zoom, Shift with arrows reads values, Home and End
              lead to the first and the newest.
            </p>
          </div>
        </section>
        <SpanDialog />
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

const STEPS: readonly (readonly [act: string, icon: IconName, label: string])[] = [
  ['earlier', 'left', 'Earlier'],
  ['in', 'plus', 'Zoom in'],
  ['out', 'minus', 'Zoom out'],
  ['later', 'right', 'Later'],
]

const Tools = ({ timezone }: { timezone: string | undefined }) => (
  <div class="chart-tools no-print">
    <div class="button-group" role="group" aria-label="Range">
      {RANGES.map(({ name, text }) => (
        <button type="button" class="button is-small" data-range={name} aria-pressed="false">
          {text}
        </button>
      ))}
      <button type="button" class="button is-small" data-dialog="span" id="span-button" aria-pressed="false">
        From – to
      </button>
    </div>
    <div class="button-group" role="group" aria-label="Move and zoom">
      {STEPS.map(([act, icon, label]) => (
        <button type="button" class="button is-small is-icon" data-step={act} aria-label={label} title={label}>
          <Icon name={icon} />
        </button>
      ))}
    </div>
    <button type="button" class="button is-small" id="to-newest" hidden>
      To the newest
    </button>
    <span class="chart-choices">
      <ZoneSelect timezone={timezone} />
      <button type="button" class="button is-small" id="as-table" aria-pressed="false">
        <Icon name="table" />
        Table
      </button>
    </span>
  </div>
)

const SpanDialog = () => (
  <Dialog id="span" title="From – to">
    <DialogForm id="span-form" submit="Show">
      <div class="field-row">
        <TimeField label="From" name="from" id="span-from" />
        <TimeField label="To" name="to" id="span-to" />
      </div>
      <p class="hint" id="span-zone"></p>
    </DialogForm>
  </Dialog>
)

const AddDialog = ({ canSearch }: { canSearch: boolean }) => (
  <Dialog id="add" title="Compare with">
    <div class="form">
      <div class="field">
        <label for="add-search">{canSearch ? 'Name or path of a numeric sequence' : 'Name of a numeric sequence in this folder'}</label>
        <input id="add-search" type="search" autocomplete="off" maxlength={200} autofocus />
      </div>
      <ul id="add-results" class="pick-list" aria-label="Sequences"></ul>
      <p id="add-note" class="note" role="status"></p>
    </div>
  </Dialog>
)
