/** The page of an image sequence: a viewer, a slider through time, and thumbnails; client/pages/sequence-images.ts handles it. */
import { listActiveAlerts } from '../../../../src/watching/active-alerts.ts'
import type { Actor } from '../../../../src/tree/actor.ts'
import type { Context } from '../../../../src/context.ts'
import { invalid } from '../../../../src/base/fault.ts'
import { listImages } from '../../../../src/sequences/image-reading.ts'
import { requireRead } from '../../../../src/tree/permissions.ts'
import { formatTimestamp, parseTimestamp, type Micros } from '../../../../src/base/time.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { Empty } from '../../components/basics.tsx'
import { KeyHelp } from '../../components/help.tsx'
import { Icon } from '../../components/icons.tsx'
import { ZoneSelect } from '../../components/zone-select.tsx'
import { replyJson } from '../../json-reply.ts'
import { apiOf, pageOf } from '../../links.ts'
import type { Page, PageRequest } from '../../page.ts'
import { formatTime } from '../../shared/format.ts'
import { parseZoneChoice } from '../../shared/zone-choice.ts'
import { frameSequence, readNewestOf, shownTimezone } from './sequence-frame.tsx'

/** Number of images on one page. */
const PAGE = 120
const THUMBNAILS = 'thumbnail-240-x'

interface Frame {
  /** Microseconds. */
  readonly time: Micros
  readonly id: number
  /** Revision of the thumbnail; null if there is none. */
  readonly thumbnail: number | null
}

/** The newest images before a time, oldest first. @throws Fault forbidden, invalid */
async function readFrames(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  before: Micros | undefined,
): Promise<{ frames: Frame[]; more: boolean }> {
  const range = before === undefined ? {} : { end: before - 1 }
  const images = await listImages(ctx, actor, sequence, range, PAGE + 1)
  const shown = images.slice(-PAGE)
  const small = sequence.children.get(THUMBNAILS)
  const first = shown[0]?.timestamp
  const thumbnails = small === undefined || first === undefined ? [] : await listImages(ctx, actor, small, { ...range, start: first }, PAGE)
  const ids = new Map(thumbnails.map(({ id, timestamp }) => [timestamp, id]))
  return {
    frames: shown.map(({ id, timestamp }) => ({ time: timestamp, id, thumbnail: ids.get(timestamp) ?? null })),
    more: images.length > PAGE,
  }
}

/** `?view=images&before=MICROSECONDS`: the same as JSON, for the page's script. */
export async function replyImages({ ctx, actor, query, incoming }: PageRequest, sequence: Resource): Promise<Response> {
  const before = query['before'] ? Number(query['before']) : undefined
  if (before !== undefined && !Number.isSafeInteger(before)) throw invalid('before must be a time in microseconds.')
  return replyJson({ ctx, incoming }, await readFrames(ctx, actor, sequence, before))
}

export async function showImages(request: PageRequest, sequence: Resource): Promise<Page> {
  const { ctx, actor, query } = request
  requireRead(ctx, actor, sequence)
  // A link to one image shows the images before it, and itself as the last.
  const at = query['at'] ? parseTimestamp(query['at']) : undefined
  const { frames, more } = await readFrames(ctx, actor, sequence, at === undefined ? undefined : at + 1)
  const newest = await readNewestOf(request, sequence)
  const last = frames.at(-1)
  const timezone = shownTimezone(ctx, sequence)
  const choice = parseZoneChoice(query['zone'])
  const zone = choice === 'UTC' ? 'UTC' : (timezone ?? 'UTC')
  return frameSequence(request, sequence, {
    alerts: await listActiveAlerts(request.ctx, request.actor, sequence),
    newest,
    script: 'sequence-images',
    state: { frames, more, isNewest: last === undefined || last.time === newest?.time },
    content: (
      <>
        <div id="images-empty" hidden={last !== undefined}>
          <Empty icon="image" title="No images yet">
            <p>
              {at === undefined ? 'The first one shows up here by itself as soon as it comes.' : 'There is none at that time or before it.'}
            </p>
          </Empty>
        </div>
        <section class="card viewer" id="viewer" aria-label="Viewer" hidden={last === undefined}>
          <figure class="viewer-figure" tabindex={0} id="stage" aria-label="Image" aria-describedby="viewer-help">
            <img
              id="picture"
              src={last === undefined ? undefined : `${apiOf(sequence)}?rev=${last.id}`}
              alt={last === undefined ? '' : `${sequence.name} at ${formatTime(last.time / 1000, zone)} ${zone}`}
            />
            <figcaption>
              <time id="picture-time" datetime={last === undefined ? undefined : formatTimestamp(last.time)}>
                {last === undefined ? '' : `${formatTime(last.time / 1000, zone)} ${zone}`}
              </time>
              <span id="picture-live" class="badge is-success" hidden>
                Newest
              </span>
              <span id="picture-place" class="note"></span>
            </figcaption>
          </figure>
          <input
            type="range"
            id="slider"
            class="no-print"
            min="0"
            max={String(Math.max(0, frames.length - 1))}
            value={String(Math.max(0, frames.length - 1))}
            aria-label="Time"
          />
          <div class="viewer-tools no-print">
            <div class="button-group" role="group" aria-label="Images">
              <button type="button" class="button is-icon" data-go="previous" aria-label="Previous image" title="Previous image">
                <Icon name="left" />
              </button>
              <button type="button" class="button" id="play" aria-pressed="false">
                <Icon name="play" />
                <span>Play</span>
              </button>
              <button type="button" class="button is-icon" data-go="next" aria-label="Next image" title="Next image">
                <Icon name="right" />
              </button>
            </div>
            <select id="pace" aria-label="Images a second">
              {[1, 2, 5, 10, 25].map((pace) => (
                <option value={String(pace)} selected={pace === 5}>
                  {pace} a second
                </option>
              ))}
            </select>
            <button type="button" class="button" data-go="newest">
              To the newest
            </button>
            <ZoneSelect timezone={timezone} />
            <a
              class="button"
              id="picture-download"
              href={last === undefined ? apiOf(sequence) : `${apiOf(sequence)}?rev=${last.id}&download=1`}
            >
              <Icon name="download" />
              Download
            </a>
          </div>
          <KeyHelp about="keys of these images" id="viewer-help">
            Keys: left and right go from image to image, Home and End to the first and the last, the space bar plays.
          </KeyHelp>
        </section>
        <section class="stack" aria-label="Thumbnails" id="thumbnails-part" hidden={last === undefined}>
          <p class="no-print" id="images-older" hidden={!more}>
            <a
              class="button is-small"
              href={pageOf(sequence, undefined, {
                at: frames[0] === undefined ? undefined : formatTimestamp(frames[0].time - 1),
                zone: choice,
              })}
            >
              <Icon name="up" />
              Earlier images
            </a>
          </p>
          <div id="thumbnails" class="thumbnails"></div>
        </section>
      </>
    ),
  })
}
