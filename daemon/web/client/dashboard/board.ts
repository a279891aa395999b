/**
 * The tiles of a dashboard: places them, reads what they show in one request, and follows their sequences over the page's WebSocket. After
 * a loss it reads what was missed, as long as that takes.
 */
import type { Place, TileAnswer } from '../../../../src/wire/dashboard-answers.ts'
import type { DashboardState, ShownTile, TilesReply } from '../../shared/dashboard-tiles.ts'
import { formatAge } from '../../shared/format.ts'
import { inOrder, rowsOf } from '../../shared/tile-layout.ts'
import { make, need } from '../dom.ts'
import { setText } from './set-text.ts'
import { listenToValues, type ValueMessage } from '../live.ts'
import { fetchOfPage } from '../sequence/page-data.ts'
import { resolveZone } from '../sequence/zone.ts'
import { explain } from '../toasts.ts'
import type { TileView } from './tile-view.ts'
import { viewOf } from './views.ts'

/** Values that come within this many milliseconds are drawn together. */
const BATCH_MS = 1_000
const TICK_MS = 5_000
/** How often tiles are read again that change without a value. */
const POLL_MS = 15_000
/** Each so many of these, all tiles are. */
const WHOLE_POLL = 20
/** How often all are read again while nothing is heard. */
const [FIRST_RETRY_MS, LONGEST_RETRY_MS] = [2_000, 30_000]

export interface Panel {
  tile: ShownTile
  /** Its number in the file; undefined while it is not saved. */
  readonly from: number | undefined
  readonly element: HTMLElement
  readonly view: TileView | undefined
}

export class Board {
  panels: Panel[] = []
  readonly state: DashboardState
  readonly #place = need('#board', HTMLElement)
  readonly #zone: string
  #ahead: number
  readonly #waiting: ValueMessage[] = []
  /** When the server was last certainly heard, in milliseconds of its clock. */
  heardAt: number
  #retry = FIRST_RETRY_MS
  #retrying: number | undefined
  #isFailed = false
  #polls = 0
  /** Called when the page has to be loaded again: somebody else changed the file, or there are other folders to be heard. */
  onChanged: (isFile: boolean) => void = () => undefined

  constructor(state: DashboardState) {
    this.state = state
    this.#zone = resolveZone('', state.timezone)
    this.#ahead = state.now - Date.now()
    this.heardAt = state.now
    this.panels = state.tiles.map((tile, at) => this.#makePanel(tile, at, need(`#panel-${at}`, HTMLElement)))
    this.layOut()
  }

  /** The server's clock, in milliseconds. */
  now = (): number => Date.now() + this.#ahead

  start(): void {
    void this.read()
    this.#listen()
    setInterval(() => this.#tick(), TICK_MS)
    setInterval(() => this.#poll(), POLL_MS)
    document.addEventListener('theme-changed', () => this.renew())
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.renew())
    document.addEventListener('visibilitychange', () => {
      this.#tick()
      this.#poll()
    })
    // Whether the page hears of values: client/live.ts.
    new MutationObserver(() => this.#showState()).observe(document.documentElement, { attributeFilter: ['data-live'] })
  }

  /** Draws all tiles again, in the colours and the room that they have now. */
  renew(): void {
    for (const { view } of this.panels) view?.renew?.()
  }

  /** Adds a tile that is not in the file yet. */
  add(tile: ShownTile): Panel {
    const element = make(
      'section',
      { class: 'panel', 'data-kind': tile.kind },
      make('div', { class: 'panel-head' }, make('h2', {}), make('span', { class: 'panel-age' })),
      make('div', { class: 'panel-body' }),
      make('p', { class: 'panel-note note', hidden: '' }),
    )
    this.#place.append(element)
    const panel = this.#makePanel(tile, undefined, element)
    this.panels.push(panel)
    this.layOut()
    return panel
  }

  remove(panel: Panel): void {
    this.panels = this.panels.filter((one) => one !== panel)
    panel.element.remove()
    this.layOut()
  }

  /**
   * Puts each tile where its place says, and into that order for the keyboard, unless one is just being dragged: an element that is put
   * elsewhere in the document loses the pointer.
   */
  layOut(isDragged = false): void {
    for (const { tile, element } of this.panels) setPlace(element, tile.place)
    if (!isDragged) this.#order()
    this.#place.style.setProperty('--rows', String(Math.max(rowsOf(this.panels.map(({ tile }) => tile.place)), 1)))
    need('#board-empty', HTMLElement).hidden = this.panels.length > 0
  }

  #order(): void {
    const focused = document.activeElement
    const ordered = [...this.panels].sort((a, b) => inOrder(a.tile.place, b.tile.place))
    for (const [at, { element }] of ordered.entries())
      if (this.#place.children[at] !== element) this.#place.insertBefore(element, this.#place.children[at] ?? null)
    if (focused instanceof HTMLElement && document.activeElement !== focused) focused.focus({ preventScroll: true })
  }

  /** Reads what tiles show. @param only all by default */
  async read(only: readonly Panel[] = this.panels): Promise<void> {
    const numbers = only.flatMap(({ from }) => (from === undefined ? [] : [from]))
    if (numbers.length === 0) return
    const url = new URL(this.state.address, location.href)
    if (numbers.length < this.state.tiles.length) url.searchParams.set('only', numbers.join(','))
    url.searchParams.set('room', String(this.#room()))
    try {
      const reply = await fetchOfPage<TilesReply>(`${url.pathname}${url.search}`)
      this.#ahead = reply.now / 1000 - Date.now()
      this.#hear()
      const isOther = reply.folders !== undefined && reply.folders.join('\n') !== this.state.folders.join('\n')
      if (reply.revision !== this.state.revision || isOther) this.onChanged(reply.revision !== this.state.revision)
      for (const answer of reply.answers) {
        const panel = this.panels.find(({ from }) => from === answer.tile)
        if (panel) this.show(panel, answer)
      }
      this.#place.dataset['read'] = String(Number(this.#place.dataset['read'] ?? '0') + 1)
    } catch (error) {
      this.#fail(error)
    }
  }

  show({ element, view }: Panel, { data, problem, note }: Pick<TileAnswer, 'data' | 'problem' | 'note'>): void {
    const body = need('.panel-body', HTMLElement, element)
    element.classList.toggle('is-refused', problem !== undefined)
    if (problem !== undefined) body.replaceChildren(make('p', { class: 'panel-problem', role: 'note' }, problem))
    else view?.show(data)
    const place = need('.panel-note', HTMLElement, element)
    place.textContent = note ?? ''
    place.hidden = note === undefined
  }

  #makePanel(tile: ShownTile, from: number | undefined, element: HTMLElement): Panel {
    const age = need('.panel-age', HTMLElement, element)
    const view = viewOf(tile.kind)?.(need('.panel-body', HTMLElement, element), {
      now: this.now,
      zone: this.#zone,
      tellAge: (time) => setText(age, time === undefined ? '' : formatAge(time, this.now())),
    })
    let size = ''
    new ResizeObserver(([entry]) => {
      const next = `${Math.round(entry?.contentRect.width ?? 0)} ${Math.round(entry?.contentRect.height ?? 0)}`
      if (size !== '' && size !== next) view?.renew?.()
      size = next
    }).observe(element)
    return { tile, from, element, view }
  }

  /** Points for the widest chart. */
  #room = (): number =>
    Math.max(
      200,
      ...this.panels.filter(({ tile }) => tile.kind === 'chart').map(({ element }) => Math.round(element.clientWidth / 50) * 50),
    )

  #listen(): void {
    const [first, ...others] = this.state.folders
    const onValue = (value: ValueMessage): void => {
      if (this.#waiting.length === 0) setTimeout(() => this.#take(), BATCH_MS)
      this.#waiting.push(value)
    }
    if (first !== undefined) listenToValues({ folder: first, onValue, onGap: () => void this.read() })
    // Values of all folders come to the first listener: see live.ts.
    for (const folder of others) listenToValues({ folder, onValue: () => undefined })
  }

  #take(): void {
    this.#hear()
    const values = this.#waiting.splice(0)
    const late: Panel[] = []
    for (const panel of this.panels) {
      const { view } = panel
      if (!view?.take) continue
      const mine = values.filter(({ name }) => view.paths.includes(name))
      if (mine.length > 0 && view.take(mine)) late.push(panel)
    }
    if (late.length > 0) void this.read(late)
  }

  #hear(): void {
    this.heardAt = this.now()
    this.#isFailed = false
    this.#retry = FIRST_RETRY_MS
    clearTimeout(this.#retrying)
    this.#retrying = undefined
    this.#showState()
  }

  /** Tries again for as long as it takes. */
  #fail(error: unknown): void {
    this.#isFailed = true
    this.#showState(explain(error))
    this.#retrying ??= setTimeout(() => {
      this.#retrying = undefined
      void this.read()
    }, this.#retry)
    this.#retry = Math.min(this.#retry * 2, LONGEST_RETRY_MS)
  }

  get #isLost(): boolean {
    return this.#isFailed || (this.state.folders.length > 0 && document.documentElement.dataset['live'] === 'off')
  }

  #tick(): void {
    if (!this.#isLost && document.documentElement.dataset['live'] === 'on') this.heardAt = this.now()
    this.#showState()
    if (document.visibilityState !== 'visible') return
    for (const { view } of this.panels) view?.tick?.()
  }

  #poll(): void {
    if (document.visibilityState !== 'visible' || this.#isFailed) return
    this.#polls++
    // All of them now and then, for what their paths stand for by now, and while nothing is heard.
    const isDue = this.#polls % WHOLE_POLL === 0 || this.state.isPolled || document.documentElement.dataset['live'] === 'off'
    const polled = new Set(this.state.kinds.filter(({ isPolled }) => isPolled).map(({ name }) => name))
    void this.read(isDue ? this.panels : this.panels.filter(({ tile }) => polled.has(tile.kind)))
  }

  #showState(reason = ''): void {
    const place = need('#board-state', HTMLElement)
    const page = need('#board-page', HTMLElement)
    const isLost = this.#isLost
    page.classList.toggle('is-lost', isLost)
    place.hidden = !isLost
    if (!isLost) return
    const age = formatAge(this.heardAt, this.now())
    const text = `Nothing was heard from the server since ${timeOf(this.heardAt, this.#zone)} (${age}): what you see is as old as that. `
    place.textContent = text + (reason === '' ? 'It comes back to life by itself.' : reason)
  }
}

const timeOf = (time: number, zone: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(time)

export function setPlace({ style }: HTMLElement, { x, y, width, height }: Place): void {
  style.setProperty('--column', String(x + 1))
  style.setProperty('--row', String(y + 1))
  style.setProperty('--width', String(width))
  style.setProperty('--height', String(height))
}
