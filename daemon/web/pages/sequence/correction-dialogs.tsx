/** Dialogs for masks and calibrations of a sequence, with those that there are; client/sequence/corrections.ts handles them. */
import type { Child } from 'hono/jsx'
import { shownUnits, type UnitSystem } from '../../../../src/base/units.ts'
import type { CalibrationInfo, MaskInfo } from '../../../../src/wire/answers.ts'
import { NUMERIC } from '../../../../src/wire/resource-types.ts'
import { requireSpec } from '../../../../src/sequences/sequences.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { Dialog, Field } from '../../components/basics.tsx'
import { DialogForm } from '../../components/forms.tsx'
import { formatCount, showUnits } from '../../shared/format.ts'
import { TimeField } from '../../components/time-field.tsx'

export interface KnownCorrections {
  readonly masks: readonly MaskInfo[]
  readonly calibrations: readonly CalibrationInfo[]
}

interface CorrectedProps {
  readonly sequence: Resource
  /** What the visitor sees values in. */
  readonly system: UnitSystem | undefined
}

/** In which units numbers are given; '' where values have none. */
function sayUnits({ sequence, system }: CorrectedProps): string {
  const { units, dataType } = requireSpec(sequence)
  if (dataType !== NUMERIC || units === undefined || units === '') return ''
  const shown = shownUnits(system, { units })
  const others = shown.conversion === undefined ? '' : `; other pages show you ${showUnits(shown.units ?? '')}`
  return `Numbers are in ${showUnits(units)}, as the values are stored${others}.`
}

export const MaskDialog = ({ sequence, system, masks }: CorrectedProps & { masks: readonly MaskInfo[] }) => {
  const isNumeric = requireSpec(sequence).dataType === NUMERIC
  const units = sayUnits({ sequence, system })
  return (
    <Dialog id="mask" title="Mask bad values">
      <p>Masked values stay stored. Charts, sums, alerts and downloads leave them out until the mask is taken off.</p>
      <DialogForm id="mask-form" submit="Mask">
        <div class="field-row">
          <TimeField label="From" name="start" id="mask-start" hint="If left empty: from the first one." />
          <TimeField label="To" name="end" id="mask-end" hint="If left empty: to the newest one, and what is still to come." />
        </div>
        <p class="hint" id="mask-zone"></p>
        <Field
          label="Which of them"
          name="where"
          id="mask-where"
          maxlength={1000}
          autocomplete="off"
          placeholder={isNumeric ? 'value > 95' : 'contains "test"'}
          hint={`Those that are there now. If left empty: all of that time.${units === '' ? '' : ` ${units}`}`}
        />
        <Field label="Why" name="note" id="mask-note" maxlength={500} autocomplete="off" placeholder="fan off" />
      </DialogForm>
      <KnownList
        title="Masks"
        kind="masks"
        items={masks.map(({ id, note, where, values, start_timestamp: start, end_timestamp: end }) => ({
          id,
          what: note || (where ?? 'without a reason'),
          more: (
            <>
              {formatCount(values)} {values === 1 ? 'value' : 'values'}
              {where === null ? '' : ` with ${where}`}, {start === null ? 'from the first' : <Time timestamp={start} />} to{' '}
              {end === null ? 'what is still to come' : <Time timestamp={end} />}
            </>
          ),
        }))}
      />
    </Dialog>
  )
}

/** The script shows it on the clock of the page. */
const Time = ({ timestamp }: { timestamp: string }) => (
  <time datetime={timestamp} data-zoned>
    {timestamp}
  </time>
)

export const CalibrationDialog = ({ sequence, system, calibrations }: CorrectedProps & { calibrations: readonly CalibrationInfo[] }) => (
  <Dialog id="calibration" title="Calibrate">
    <p>From a time on, values are read as value × scale + offset. What is stored stays. {sayUnits({ sequence, system })}</p>
    <DialogForm id="calibration-form" submit="Calibrate">
      <TimeField label="From" name="start" id="calibration-start" />
      <p class="hint" id="calibration-zone"></p>
      <div class="field-row">
        <Field label="Scale" name="scale" id="calibration-scale" type="number" step="any" inputmode="decimal" value="1" />
        <Field label="Offset" name="offset" id="calibration-offset" type="number" step="any" inputmode="decimal" value="0" />
      </div>
      <Field
        label="Or a table"
        name="points"
        id="calibration-points"
        maxlength={5_000}
        autocomplete="off"
        placeholder="4.1:4.01 7.2:7.00 10.2:10.01"
        hint="What the sensor said and what was right, in place of scale and offset."
      />
      <Field label="Why" name="note" id="calibration-note" maxlength={500} autocomplete="off" placeholder="against the reference" />
    </DialogForm>
    <KnownList
      title="Calibrations"
      kind="calibrations"
      items={calibrations.map(({ id, note, scale, offset, points, start_timestamp: start }) => ({
        id,
        what: points
          ? points.map(([raw, right]) => `${raw}:${right}`).join(' ')
          : `× ${scale} ${offset < 0 ? '−' : '+'} ${Math.abs(offset)}`,
        more: (
          <>
            from <Time timestamp={start} /> on{note === '' ? '' : `: ${note}`}
          </>
        ),
      }))}
    />
  </Dialog>
)

interface Item {
  readonly id: number
  readonly what: string
  readonly more: Child
}

const KnownList = ({ title, kind, items }: { title: string; kind: 'masks' | 'calibrations'; items: readonly Item[] }) =>
  items.length === 0 ? null : (
    <>
      <h3>{title}</h3>
      <ul class="corrections">
        {items.map(({ id, what, more }) => (
          <li>
            <span>
              <strong>{what}</strong> <span class="note">{more}</span>
            </span>
            <button type="button" class="button is-small" data-undo={kind} data-id={String(id)} aria-label={`Undo ${what}`}>
              Undo
            </button>
          </li>
        ))}
      </ul>
    </>
  )
