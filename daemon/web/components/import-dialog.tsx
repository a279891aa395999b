/** The dialog that brings the values of a file into sequences. client/import/ handles it. */
import { ELAPSED_FORMS, elapsedWords } from '../../../src/tables/elapsed.ts'
import { NUMBER_FORMS, formWords } from '../../../src/tables/time-numbers.ts'
import { Dialog, Field, Select } from './basics.tsx'
import { ProblemPlace } from './forms.tsx'

const TIME_FORMATS: readonly (readonly [value: string, text: string])[] = [
  ['', 'Found out from the file'],
  ['day-first', 'The day first: 31.01.2026'],
  ['month-first', 'The month first: 01/31/2026'],
  ['year-first', 'The year first: 26-01-31'],
  ...NUMBER_FORMS.map((form) => [form, `A number: ${formWords[form]}`] as const),
  ...ELAPSED_FORMS.map((form) => [form, `A count from a start: ${elapsedWords[form]}`] as const),
]

const DUPLICATES: readonly (readonly [value: string, text: string])[] = [
  ['error', 'Stop'],
  ['last', 'Take the last'],
  ['first', 'Take the first'],
  ['keep', 'Keep all, the later ones a microsecond on'],
]

/**
 * @param into the folder for new sequences; undefined: all goes to the sequence of the page
 */
export const ImportDialog = ({ into }: { into: string | undefined }) => (
  <Dialog id="import" title="Import values" wide>
    <section data-step="choose" class="form">
      <p id="import-question"></p>
      <div class="field" id="import-choice">
        <label for="import-file">A file with times and values</label>
        <input id="import-file" type="file" aria-describedby="import-file-hint" />
        <p class="hint" id="import-file-hint">
          As a logger, a spreadsheet or a program wrote it: CSV and similar, .xlsx, .ods, JSON. You see how it is read before anything is
          stored.
        </p>
      </div>
      <div class="actions" id="import-answers">
        <button type="button" class="button" id="import-keep">
          Keep as a file
        </button>
        <button type="button" class="button is-primary" id="import-bring">
          Import values
        </button>
      </div>
      <div id="import-earlier" class="stack" hidden></div>
    </section>
    <form data-step="preview" class="form" id="import-form" novalidate hidden>
      <ProblemPlace />
      <fieldset class="is-plain form" id="import-fields">
        <details id="import-options">
          <summary>How the file is read</summary>
          <Options into={into} />
        </details>
        <div id="import-preview" class="stack" role="region" aria-label="Preview" aria-busy="false"></div>
      </fieldset>
      <div class="upload" id="import-progress" hidden>
        <span class="note" role="status"></span>
        <progress max="1" value="0" aria-label="Progress"></progress>
      </div>
      <div class="actions">
        <button type="button" class="button" data-close>
          Cancel
        </button>
        <button type="submit" class="button is-primary" id="import-act" disabled>
          Import values
        </button>
      </div>
    </form>
    <section data-step="done" class="form" hidden>
      <div id="import-summary" class="stack" role="status" tabindex={-1}></div>
      <div class="actions">
        <button type="button" class="button" id="import-undo">
          Undo
        </button>
        <button type="button" class="button is-primary" id="import-end">
          Done
        </button>
      </div>
    </section>
  </Dialog>
)

/** Each is named as its parameter of the API, and by its option in messages. */
const Options = ({ into }: { into: string | undefined }) => (
  <div class="form">
    {into === undefined ? null : (
      <Field
        label="Folder of the sequences"
        name="into"
        id="import-into"
        value={into}
        required
        maxlength={1000}
        autocomplete="off"
        hint="Each column goes to the sequence of its name there. Those that are missing are made."
      />
    )}
    <div class="field" id="import-sheets" hidden>
      <label for="import-sheet">Sheet</label>
      <select id="import-sheet" name="sheet"></select>
    </div>
    <div class="field-row">
      <Field
        label="Zone of times without one"
        name="time_zone"
        id="import-time-zone"
        maxlength={100}
        list="import-zones"
        autocomplete="off"
        placeholder="Europe/Berlin, +01:00, UTC"
        hint="If left empty: as the file says, or the organization’s."
      />
      <Select label="How times are written" name="time_format" id="import-time-format" options={TIME_FORMATS} />
    </div>
    <datalist id="import-zones"></datalist>
    <div class="field-row">
      <Field
        label="Column of times"
        name="time"
        id="import-time"
        maxlength={300}
        autocomplete="off"
        hint="By header or number; for date and clock both: Date, Time. If left empty: found out."
      />
      <Select label="Values of one time that differ" name="duplicates" id="import-duplicates" options={DUPLICATES} />
    </div>
    {into === undefined ? null : (
      <Field
        label="Column that names the device"
        name="series"
        id="import-series"
        maxlength={300}
        autocomplete="off"
        hint="By header or number, where rows of several devices or places stand in one table: each gets sequences of its own."
      />
    )}
    <Field
      label="When a count began"
      name="start"
      id="import-start"
      maxlength={100}
      autocomplete="off"
      placeholder="2026-01-31 12:00:00"
      hint="Where times are seconds or the like since a start, or have no date: then the day alone. If left empty: as the file says."
    />
    <Field
      label="Also means missing"
      name="missing"
      id="import-missing"
      maxlength={300}
      autocomplete="off"
      placeholder="999; n. m."
      hint="Between semicolons. Empty cells, NaN, --- and −9999 mean it anyway."
    />
    <div>
      <label class="check">
        <input type="checkbox" name="any_time" value="1" />
        <span>Take times before 2000, and more than a day ahead</span>
      </label>
      <label class="check">
        <input type="checkbox" name="last_line" value="1" />
        <span>Take the last line although it has no end</span>
      </label>
      <label class="check">
        <input type="checkbox" name="transpose" value="1" />
        <span>Turn the table: its times stand side by side</span>
      </label>
    </div>
  </div>
)
