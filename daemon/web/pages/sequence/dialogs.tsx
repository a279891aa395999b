/** Dialogs for the settings of a sequence, and for deleting its values. client/sequence/ handles them. */
import type { Labels } from '../../../../src/attributes/labels.ts'
import { formatDuration } from '../../../../src/base/duration.ts'
import { ALL_VALUES } from '../../../../src/wire/new-sequence.ts'
import { IMAGE, NUMERIC } from '../../../../src/wire/resource-types.ts'
import { requireSpec } from '../../../../src/sequences/sequences.ts'
import { SECOND } from '../../../../src/base/time.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { Dialog, Field } from '../../components/basics.tsx'
import { DialogForm, ProblemPlace } from '../../components/forms.tsx'
import { TimeField } from '../../components/time-field.tsx'

/** @param labels undefined: the page does not know them, so they are not offered */
export const SettingsDialog = ({ sequence, labels }: { sequence: Resource; labels: Labels | undefined }) => {
  const { dataType, units, decimalPlaces, minStorageInterval, maxHistory, maxAge } = requireSpec(sequence)
  const things = dataType === IMAGE ? 'images' : dataType === NUMERIC ? 'values' : 'lines'
  return (
    <Dialog id="settings" title="Settings">
      <DialogForm id="settings-form" submit="Save">
        {labels === undefined ? null : (
          <>
            <div class="field-row">
              <Field label="Label" name="label" maxlength={100} value={labels.label ?? ''} placeholder={sequence.name} autocomplete="off" />
              <Field label="Place" name="place" maxlength={200} value={labels.place ?? ''} autocomplete="off" />
            </div>
            <Field label="Description" name="description" maxlength={2_000} value={labels.description ?? ''} autocomplete="off" />
            <Field label="Serial number" name="serial_number" maxlength={100} value={labels.serial_number ?? ''} autocomplete="off" />
          </>
        )}
        {dataType === NUMERIC ? (
          <div class="field-row">
            <Field label="Units" name="units" maxlength={100} value={units ?? ''} placeholder="°C" autocomplete="off" />
            <Field
              label="Decimals"
              name="decimal_places"
              type="number"
              min={0}
              max={20}
              value={decimalPlaces === undefined ? '' : String(decimalPlaces)}
              inputmode="numeric"
              hint="If left empty: as many as tell values apart."
            />
          </div>
        ) : null}
        <Field
          label={`Seconds between stored ${things}`}
          name="min_storage_interval"
          type="number"
          min={0}
          step="any"
          value={String(minStorageInterval / SECOND)}
          required
          inputmode="decimal"
          hint={`Those that come sooner are shown, and not stored. 0 stores each one.`}
        />
        <div class="field-row">
          <Field
            label={`How many ${things} are kept`}
            name="max_history"
            type="number"
            min={1}
            value={maxHistory >= ALL_VALUES ? '' : String(maxHistory)}
            inputmode="numeric"
            placeholder="all"
            data-when-empty={String(ALL_VALUES)}
            hint="The oldest go first. If left empty: all."
          />
          <Field
            label="For how long"
            name="max_age"
            value={maxAge === undefined ? '' : formatDuration(maxAge)}
            placeholder="for ever"
            maxlength={20}
            autocomplete="off"
            hint="12h, 90d, 2y; empty keeps them for ever."
          />
        </div>
      </DialogForm>
    </Dialog>
  )
}

export const RemovalDialog = ({ sequence }: { sequence: Resource }) => {
  const { dataType } = requireSpec(sequence)
  return (
    <Dialog id="removal" title="Delete values">
      <form class="form" id="removal-form">
        <p>What is deleted here is gone for good. The sequence itself stays.</p>
        <ProblemPlace />
        <div class="field-row">
          <TimeField label="From" name="start" hint="If left empty: from the first one." />
          <TimeField label="To" name="end" hint="If left empty: to the newest one." />
        </div>
        <p class="hint" id="removal-zone"></p>
        {dataType === IMAGE ? null : (
          <Field
            label="Only those that are"
            name="where"
            maxlength={1000}
            autocomplete="off"
            placeholder={dataType === NUMERIC ? 'value > 95' : 'contains "test"'}
            hint={
              dataType === NUMERIC
                ? 'Such as: value > 95, or value >= 10 and value < 20. If left empty: all of that time.'
                : 'Such as: contains "test", or value = "off". If left empty: all of that time.'
            }
          />
        )}
        <p id="removal-count" role="status"></p>
        <div class="actions">
          <button type="button" class="button" data-close>
            Cancel
          </button>
          <button type="submit" class="button" id="removal-look">
            Count them
          </button>
          <button type="button" class="button is-danger" id="removal-act" hidden>
            Delete
          </button>
        </div>
      </form>
    </Dialog>
  )
}
