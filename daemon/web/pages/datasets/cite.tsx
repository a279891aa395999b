/** `?view=cite` of a sequence or a folder: makes a data set that can be cited, and keeps it or sends it. */
import { invalid } from '../../../../src/base/fault.ts'
import { formatTimestamp, parseTimestamp, type Micros } from '../../../../src/base/time.ts'
import { TimeZone } from '../../../../src/base/time-zone.ts'
import { keepDataset } from '../../../../src/datasets/keep-dataset.ts'
import { requireRead } from '../../../../src/tree/permissions.ts'
import { isFolder, isImageSequence, pathOf, timezoneOf, type Resource } from '../../../../src/tree/tree.ts'
import { Card, Field } from '../../components/basics.tsx'
import { FormFields } from '../../components/forms.tsx'
import { Icon } from '../../components/icons.tsx'
import { TimeField } from '../../components/time-field.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Page, type PageReply, type PageRequest, type Refusal, type ResourcePage } from '../../page.ts'
import { formatTime } from '../../shared/format.ts'
import { frameResource } from '../organization/resource-frame.tsx'

const VIEW = 'cite'

/** What holds values that a data set takes. */
export const isCitable = (resource: Resource): boolean =>
  isFolder(resource) || (resource.sequence !== undefined && !isImageSequence(resource))

export function createCitePages(): ResourcePage[] {
  return [
    { method: 'GET', fits: isCitable, view: VIEW, handle: async (request, place) => showForm(request, place) },
    { method: 'POST', fits: isCitable, view: VIEW, handle: cite },
  ]
}

function showForm(request: PageRequest, place: Resource, refusal?: Refusal): Page {
  const { ctx, actor, visitor, query } = request
  requireRead(ctx, actor, place)
  const zone = zoneOf(request, place)
  const form = refusal?.form ?? {
    start: toField(query['start'], zone),
    end: toField(query['end'], zone),
    folder: pathOf(isFolder(place) ? place : (place.parent ?? place)),
    name: `${place.name} ${formatTime(ctx.clock.now() / 1000, zone.name).slice(0, 10)}`,
  }
  return frameResource(request, place, {
    view: VIEW,
    name: 'Data set to cite',
    refusal,
    content: (
      <Card
        title="Data set to cite"
        note={
          'A zip with the values of a range, notes, masks, calibrations, units, a README, and a manifest with the hash of each file. Its ' +
          'id is the hash of the manifest: whoever has the id can tell whether a byte was changed since.'
        }
      >
        <form class="form" method="post" action={pageOf(place, VIEW)}>
          <FormFields visitor={visitor} />
          <div class="field-row">
            <TimeField label="From" name="start" value={form['start']} hint="If left empty: from the first value." />
            <TimeField label="To" name="end" value={form['end']} hint="If left empty: to the newest." />
          </div>
          <p class="hint">Times are those of {zone.name}. Both ends are included.</p>
          {actor.kind === 'user' ? (
            <div class="field-row">
              <Field label="Keep it in the folder" name="folder" value={form['folder']} autocomplete="off" maxlength={2_000} />
              <Field label="Name of the file" name="name" value={form['name']} autocomplete="off" maxlength={250} hint=".zip is added." />
            </div>
          ) : null}
          <div class="actions">
            <button type="submit" class={actor.kind === 'user' ? 'button' : 'button is-primary'} name="act" value="download">
              <Icon name="download" />
              Only download it
            </button>
            {actor.kind === 'user' ? (
              <button type="submit" class="button is-primary" name="act" value="keep">
                <Icon name="check" />
                Make and keep it
              </button>
            ) : null}
          </div>
        </form>
      </Card>
    ),
  })
}

async function cite(request: PageRequest, place: Resource): Promise<PageReply> {
  const { ctx, actor, form } = request
  requireRead(ctx, actor, place)
  const zone = zoneOf(request, place)
  let next = pageOf(place, VIEW)
  const refusal = await refusalOf(form, async () => {
    const [start, end] = [timeOf(form['start'], zone, 'From'), timeOf(form['end'], zone, 'To')]
    if (start !== undefined && end !== undefined && start > end) throw invalid('The time in “From” is after the one in “To”.')
    if (form['act'] === 'download') {
      const query = new URLSearchParams({ path: pathOf(place) })
      if (start !== undefined) query.set('start_timestamp', formatTimestamp(start))
      if (end !== undefined) query.set('end_timestamp', formatTimestamp(end))
      next = `/api/v1/datasets?${query.toString()}`
    } else {
      const where = { folder: (form['folder'] ?? '').trim(), name: (form['name'] ?? '').trim() }
      next = pageOf(await keepDataset(ctx, actor, { place, start, end }, where), undefined, { done: 'made' })
    }
  })
  return refusal ? showForm(request, place, refusal) : redirect(next)
}

const zoneOf = ({ ctx }: Pick<PageRequest, 'ctx'>, place: Resource): TimeZone => TimeZone.named(timezoneOf(ctx.tree, place) ?? 'UTC')

/** As an input of type datetime-local has it. @param timestamp ISO 8601; '' for what is none */
function toField(timestamp: string | undefined, zone: TimeZone): string {
  const time = parseTimestamp(timestamp ?? '')
  return time === undefined
    ? ''
    : formatTime(time / 1000, zone.name)
        .replace(' ', 'T')
        .slice(0, 19)
}

/** @throws Fault invalid */
function timeOf(text: string | undefined, zone: TimeZone, label: string): Micros | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const local = Date.parse(`${text.trim()}Z`)
  if (!Number.isFinite(local)) throw invalid(`“${label}” must be a date and a time, such as 2026-01-31 12:00.`)
  return zone.instantOf(local * 1000)
}
