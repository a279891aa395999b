/** The controls of a chart: time above it, how lines are shown in a dialog, statistics below it. */
import { Dialog } from '../../components/basics.tsx'
import { DialogForm } from '../../components/forms.tsx'
import { Icon, type IconName } from '../../components/icons.tsx'
import { TimeField } from '../../components/time-field.tsx'
import { ZoneSelect } from '../../components/zone-select.tsx'
import { RANGES } from '../../shared/chart-state.ts'

const STEPS: readonly (readonly [act: string, icon: IconName, label: string])[] = [
  ['earlier', 'left', 'Earlier'],
  ['in', 'plus', 'Zoom in'],
  ['out', 'minus', 'Zoom out'],
  ['later', 'right', 'Later'],
]

export const ChartTools = ({ timezone }: { timezone: string | undefined }) => (
  <div class="chart-tools no-print">
    <div class="button-group chart-ranges" role="group" aria-label="Range">
      {RANGES.map(({ name, text }) => (
        <button type="button" class="button is-small" data-range={name} aria-pressed="false">
          {text}
        </button>
      ))}
      <button type="button" class="button is-small" data-dialog="span" id="span-button" aria-pressed="false">
        From – to
      </button>
    </div>
    <select class="chart-range-choice" id="range-choice" aria-label="Range">
      {RANGES.map(({ name, text }) => (
        <option value={name}>{text}</option>
      ))}
      <option value="span">From – to …</option>
    </select>
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
      <button type="button" class="button is-small" id="display-button" data-dialog="display">
        Display
      </button>
      <button type="button" class="button is-small" id="as-statistics" aria-pressed="false">
        Statistics
      </button>
      <button type="button" class="button is-small" id="as-table" aria-pressed="false">
        <Icon name="table" />
        Table
      </button>
    </span>
  </div>
)

export const SpanDialog = () => (
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

/** Its lines are made by the script, as the chart has them. */
export const DisplayDialog = () => (
  <Dialog id="display" title="Display">
    <DialogForm id="display-form" submit="Show">
      <div id="display-lines" class="form"></div>
      <fieldset class="is-plain form">
        <legend>Axis</legend>
        <div class="field-row">
          <div class="field">
            <label for="axis-min">From</label>
            <input id="axis-min" name="min" type="number" step="any" placeholder="as values need" />
          </div>
          <div class="field">
            <label for="axis-max">To</label>
            <input id="axis-max" name="max" type="number" step="any" placeholder="as values need" />
          </div>
        </div>
        <label class="check">
          <input type="checkbox" id="axis-log" name="log" />
          <span>Logarithmic</span>
        </label>
      </fieldset>
    </DialogForm>
  </Dialog>
)

export const ChartStatistics = () => (
  <section id="statistics" class="chart-statistics" aria-label="Statistics" hidden>
    <div class="table-frame" id="statistics-table"></div>
    <div class="inline-form no-print">
      <div class="field">
        <label for="statistics-above">Time above</label>
        <input id="statistics-above" type="number" step="any" placeholder="a limit" />
      </div>
      <div class="field">
        <label for="statistics-below">Time below</label>
        <input id="statistics-below" type="number" step="any" placeholder="a limit" />
      </div>
    </div>
  </section>
)
