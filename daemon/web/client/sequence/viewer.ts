/** Images of a sequence: one at a time with a slider and keys, as a time lapse, and thumbnails by day. */
import { formatCount } from '../../shared/format.ts'
import { escapePath } from '../../shared/paths.ts'
import { parseZoneChoice, type ZoneChoice } from '../../shared/zone-choice.ts'
import { closest, make, need } from '../dom.ts'
import { replaceChildren } from '../focus.ts'
import { listenToValues, type ValueMessage } from '../live.ts'
import { toastError } from '../toasts.ts'
import { fetchOfPage } from './page-data.ts'
import { folderOf, showNewest } from './newest.ts'
import { handleZoneChoice, resolveZone, showTime } from './zone.ts'

export interface Frame {
  /** Microseconds since 1970. */
  time: number
  /** Revision of the image, and of its thumbnail. */
  id: number
  thumbnail: number | null
}

export interface ViewerState {
  path: string
  /** Default time zone; missing: the browser's own. */
  timezone?: string
  /** Oldest first. */
  frames: Frame[]
  /** True if there are earlier ones. */
  more: boolean
  /** Whether the last of them is the sequence's newest. */
  isNewest: boolean
}

const THUMBNAILS = 'thumbnail-240-x'
/** Maximum number of images that are kept; older ones are fetched again when needed. */
const MAX_FRAMES = 5_000

export class Viewer {
  readonly #state: ViewerState
  #choice: ZoneChoice
  #at: number
  #playing: number | undefined
  /** Counts requests to show an image, so that one that loads late does not replace one that was requested later. */
  #turn = 0

  constructor(state: ViewerState) {
    this.#state = state
    this.#choice = parseZoneChoice(new URLSearchParams(location.search).get('zone'))
    this.#at = state.frames.length - 1
  }

  /** Time zone of the page. */
  get zone(): string {
    return resolveZone(this.#choice, this.#state.timezone)
  }

  start(): void {
    handleZoneChoice(this.#state.timezone, this.#choice, (choice) => {
      this.#choice = choice
      this.#listThumbnails()
      this.#tell()
    })
    this.#listThumbnails()
    if (this.#at >= 0) this.#tell()
    need('#slider', HTMLInputElement).addEventListener('input', (event) => this.#go(Number((event.target as HTMLInputElement).value)))
    need('#play', HTMLElement).addEventListener('click', () => this.#toggle())
    document.addEventListener('click', (event) => {
      const go = closest(event.target, '[data-go]', HTMLElement)?.dataset['go']
      if (go === 'previous') this.#go(this.#at - 1)
      if (go === 'next') this.#go(this.#at + 1)
      if (go === 'newest') this.#toNewest()
      const small = closest(event.target, '[data-frame]', HTMLElement)
      if (!small) return
      this.#go(this.#state.frames.findIndex(({ id }) => String(id) === small.dataset['frame']))
      need('#stage', HTMLElement).focus()
      need('#viewer', HTMLElement).scrollIntoView({ block: 'start' })
    })
    need('#stage', HTMLElement).addEventListener('keydown', (event) => this.#press(event))
    need('#images-older', HTMLElement).addEventListener('click', (event) => {
      if (!closest(event.target, 'a', HTMLElement)) return
      event.preventDefault()
      this.#older().catch(toastError)
    })
    listenToValues({
      folder: folderOf(this.#state.path),
      onValue: (value) => {
        if (value.name === this.#state.path) this.#take(value)
      },
      onGap: () => {
        if (this.#state.isNewest) this.#catchUp().catch(toastError)
      },
    })
  }

  #press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const acts: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.#go(this.#at - 1),
      ArrowRight: () => this.#go(this.#at + 1),
      Home: () => this.#go(0),
      End: () => this.#go(this.#state.frames.length - 1),
      ' ': () => this.#toggle(),
    }
    const act = acts[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }

  #url = (revision: number): string => `/api/v1/resources${escapePath(this.#state.path)}?rev=${revision}`

  /** Shows an image when it is loaded; until then the previous one stays. */
  async #show(at: number): Promise<void> {
    const { frames } = this.#state
    this.#at = Math.min(Math.max(at, 0), frames.length - 1)
    const frame = frames[this.#at]
    if (!frame) return
    const turn = ++this.#turn
    this.#tell()
    const picture = need('#picture', HTMLImageElement)
    const next = new Image()
    next.src = this.#url(frame.id)
    try {
      await next.decode()
    } catch {
      if (turn === this.#turn) toastError(new Error('That image could not be read. It may have been deleted meanwhile: reload the page.'))
      return
    }
    if (turn !== this.#turn) return
    picture.src = next.src
    picture.alt = `Image of ${showTime(frame.time / 1e6, this.zone)} ${this.zone}`
    picture.dataset['shown'] = String(frame.id)
  }

  #go(at: number): void {
    this.#stop()
    void this.#show(at)
  }

  /** Updates the controls around the image. */
  #tell(): void {
    const { frames, isNewest } = this.#state
    const frame = frames[this.#at]
    if (!frame) return
    for (const id of ['#viewer', '#thumbnails-part']) need(id, HTMLElement).hidden = false
    need('#images-empty', HTMLElement).hidden = true
    const time = need('#picture-time', HTMLTimeElement)
    time.textContent = `${showTime(frame.time / 1e6, this.zone)} ${this.zone}`
    time.dateTime = new Date(frame.time / 1000).toISOString()
    const slider = need('#slider', HTMLInputElement)
    slider.max = String(frames.length - 1)
    slider.value = String(this.#at)
    slider.setAttribute('aria-valuetext', time.textContent)
    slider.disabled = frames.length < 2
    const isLast = this.#at === frames.length - 1
    need('#picture-live', HTMLElement).hidden = !(isLast && isNewest)
    need('#picture-place', HTMLElement).textContent = `${formatCount(this.#at + 1)} of ${formatCount(frames.length)}`
    need('#picture-download', HTMLAnchorElement).href = `${this.#url(frame.id)}&download=1`
    for (const small of document.querySelectorAll('[data-frame][aria-current]')) small.removeAttribute('aria-current')
    document.querySelector(`[data-frame="${frame.id}"]`)?.setAttribute('aria-current', 'true')
    history.replaceState(null, '', this.#address(isLast && isNewest ? undefined : stampOf(frame.time)))
  }

  #toggle(): void {
    if (this.#playing !== undefined) return this.#stop()
    this.#playing = 0
    this.#tellPlaying(true)
    void this.#play(this.#at >= this.#state.frames.length - 1 ? 0 : this.#at)
  }

  /** Shows the next image when its time has come and the previous one is loaded, so that a slow network shows every image. */
  async #play(at: number): Promise<void> {
    const pace = Number(need('#pace', HTMLSelectElement).value) || 5
    const start = performance.now()
    await this.#show(at)
    if (this.#playing === undefined) return
    if (at >= this.#state.frames.length - 1) return this.#stop()
    this.#playing = setTimeout(() => void this.#play(at + 1), Math.max(0, 1_000 / pace - (performance.now() - start)))
  }

  #stop(): void {
    if (this.#playing === undefined) return
    clearTimeout(this.#playing)
    this.#playing = undefined
    this.#tellPlaying(false)
  }

  #tellPlaying(isOn: boolean): void {
    const button = need('#play', HTMLElement)
    button.setAttribute('aria-pressed', String(isOn))
    need('span', HTMLElement, button).textContent = isOn ? 'Stop' : 'Play'
  }

  #toNewest(): void {
    if (this.#state.isNewest) this.#go(this.#state.frames.length - 1)
    else location.assign(this.#address(undefined))
  }

  /** Address of the page. @param at the last image; undefined: the newest */
  #address(at: string | undefined): string {
    const query = [...(at === undefined ? [] : [`at=${at}`]), ...(this.#choice === '' ? [] : [`zone=${this.#choice}`])]
    return query.length === 0 ? location.pathname : `${location.pathname}?${query.join('&')}`
  }

  #fetch(before?: number): Promise<{ frames: Frame[]; more: boolean }> {
    return fetchOfPage(`${location.pathname}?view=images${before === undefined ? '' : `&before=${before}`}`)
  }

  async #older(): Promise<void> {
    const { frames, more } = await this.#fetch(this.#state.frames[0]?.time)
    this.#state.frames.unshift(...frames)
    this.#state.more = more
    this.#at += frames.length
    need('#images-older', HTMLElement).hidden = !more
    if (!more) need('#stage', HTMLElement).focus({ preventScroll: true })
    this.#listThumbnails()
    this.#tell()
  }

  /** Handles a new image; one that was only shown to subscribers, and not stored, has no revision. */
  #take({ timestamp, revision_id: id, thumbnail_revision_id: thumbnail }: ValueMessage): void {
    showNewest(timestamp)
    if (id === undefined || !this.#state.isNewest) return
    this.#append([{ time: Date.parse(timestamp) * 1000, id, thumbnail: thumbnail ?? null }])
  }

  async #catchUp(): Promise<void> {
    const { frames, more } = await this.#fetch()
    const last = this.#state.frames.at(-1)?.time ?? 0
    if (more && (frames[0]?.time ?? 0) > last) {
      this.#state.frames.length = 0
      need('#images-older', HTMLElement).hidden = false
    }
    this.#append(frames.filter(({ time }) => time > last))
  }

  #append(added: readonly Frame[]): void {
    const { frames } = this.#state
    const wasLast = this.#at >= frames.length - 1
    const known = new Set(frames.map(({ id }) => id))
    frames.push(...added.filter(({ id }) => !known.has(id)))
    frames.sort((a, b) => a.time - b.time)
    while (frames.length > MAX_FRAMES) {
      frames.shift()
      this.#at = Math.max(0, this.#at - 1)
    }
    this.#listThumbnails()
    if (wasLast && this.#playing === undefined) void this.#show(frames.length - 1)
    else this.#tell()
  }

  /** Lists thumbnails by day, newest first. */
  #listThumbnails(): void {
    const days = new Map<string, HTMLElement[]>()
    for (const { time, id, thumbnail } of [...this.#state.frames].reverse()) {
      const [day = '', clock = ''] = showTime(time / 1e6, this.zone).split(' ')
      const src = thumbnail === null ? this.#url(id) : `/api/v1/resources${escapePath(this.#state.path)}/${THUMBNAILS}?rev=${thumbnail}`
      const button = make(
        'button',
        { type: 'button', class: 'frame', 'data-frame': String(id), 'aria-label': `${day} ${clock}` },
        make('img', { src, alt: '', loading: 'lazy', width: '160', height: '120' }),
        make('span', { 'aria-hidden': 'true' }, clock),
      )
      days.set(day, [...(days.get(day) ?? []), button])
    }
    replaceChildren(
      need('#thumbnails', HTMLElement),
      [...days].flatMap(([day, buttons]) => [make('h2', {}, day), make('div', { class: 'frames' }, ...buttons)]),
    )
  }
}

/** To the microsecond, as the server accepts it. */
function stampOf(time: number): string {
  const seconds = Math.floor(time / 1e6)
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(time - seconds * 1e6).padStart(6, '0')}Z`
}
