/** The dialog that downloads values of several sequences as one file. client/download.ts handles it. */
import { Dialog, Select } from './basics.tsx'
import { DialogForm } from './forms.tsx'
import { TimeField } from './time-field.tsx'

const ROWS: readonly (readonly [value: string, text: string])[] = [
  ['', 'for each value'],
  ['1m', 'each minute'],
  ['10m', 'each 10 minutes'],
  ['1h', 'each hour'],
  ['1d', 'each day'],
]

const FIELDS: readonly (readonly [value: string, text: string])[] = [
  ['mean,min,max,count', 'Mean, min, max, count'],
  ['mean', 'Mean'],
  ['sum,count', 'Sum, count'],
  ['last', 'Last value'],
]

const LAYOUTS: readonly (readonly [value: string, text: string])[] = [
  ['wide', 'Side by side'],
  ['long', 'One below the other'],
]

const FORMATS: readonly (readonly [value: string, text: string])[] = [
  ['csv', 'CSV'],
  ['csv-semicolon', 'CSV with decimal commas'],
  ['xlsx', 'Excel workbook (.xlsx)'],
  ['parquet', 'Parquet'],
  ['ndjson', 'JSON, an object a line'],
  ['json', 'JSON, a list of rows'],
]

/** The header of a file says the unit. */
const UNITS: readonly (readonly [value: string, text: string])[] = [
  ['', 'As they are stored'],
  ['metric', 'Metric'],
  ['us', 'US'],
]

/** @param timezone the organization's; undefined: the browser's own counts */
export const DownloadDialog = ({ timezone }: { timezone: string | undefined }) => (
  <Dialog id="download" title="Download values">
    <DialogForm id="download-form" submit="Download">
      <p id="download-what"></p>
      <div class="field-row">
        <TimeField label="From" name="start" id="download-start" />
        <TimeField label="To" name="end" id="download-end" />
      </div>
      <p class="hint" id="download-zone" data-timezone={timezone}></p>
      <div class="field-row">
        <Select label="A row" name="interval" id="download-interval" options={ROWS} />
        <Select label="With" name="fields" id="download-fields" options={FIELDS} />
      </div>
      <div class="field-row">
        <Select label="Sequences" name="layout" id="download-layout" options={LAYOUTS} />
        <Select label="As" name="format" id="download-format" options={FORMATS} />
      </div>
      <div class="field-row">
        <Select
          label="Times"
          name="times"
          id="download-times"
          options={[
            ['local', 'Those of this clock'],
            ['utc', 'UTC'],
          ]}
        />
        <Select label="Units" name="units" id="download-units" options={UNITS} />
      </div>
    </DialogForm>
  </Dialog>
)
