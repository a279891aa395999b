/** Changes a dashboard on its page: tiles are added, moved and resized by dragging or by keys, set and removed; saving makes a revision. */
import { clamp } from '../../shared/clamp.ts'
import { COLUMNS, type Place, type TileAnswer } from '../../../../src/wire/dashboard-answers.ts'
import type { ShownKind, ShownTile } from '../../shared/dashboard-tiles.ts'
import { placeTile, rowsOf } from '../../shared/tile-layout.ts'
import { currentCsrfToken } from '../api.ts'
import { all, closest, make, need, seek } from '../dom.ts'
import { toast, toastError } from '../toasts.ts'
import type { Board, Panel } from './board.ts'
import { parseHtml } from './parse-html.ts'
import { handleDrags } from './drag.ts'
import { icon } from './icon.ts'
import { TileSettingsDialog } from './settings-dialog.ts'

export class Editing {
  readonly #board: Board
  readonly #dialog: TileSettingsDialog
  #isChanged = false
  /** Places when a drag began. */
  #before: Place[] | undefined
  isOn = false

  constructor(board: Board) {
    this.#board = board
    this.#dialog = new TileSettingsDialog(board.state, (panel, tile) => this.#try(panel, tile))
    need('#edit-board', HTMLElement).addEventListener('click', () => this.begin())
    need('#cancel-edit', HTMLElement).addEventListener('click', () => this.#cancel())
    need('#save-edit', HTMLElement).addEventListener('click', () => void this.#save().catch(toastError))
    document.addEventListener('click', (event) => this.#click(event))
    document.addEventListener('keydown', (event) => this.#key(event))
    handleDrags(need('#board', HTMLElement), {
      isOn: () => this.isOn,
      placeOf: (element) => this.#panelOf(element)?.tile.place,
      place: (element, place) => this.#place(this.#panelOf(element), place, true),
      settle: () => {
        this.#before = undefined
        board.layOut()
      },
    })
    addEventListener('beforeunload', (event) => {
      if (this.#isChanged) event.preventDefault()
    })
  }

  begin(): void {
    this.isOn = true
    need('#board-page', HTMLElement).classList.add('is-editing')
    need('#edit-bar', HTMLElement).hidden = false
    need('#edit-board', HTMLElement).hidden = true
    for (const panel of this.#board.panels) this.#addTools(panel)
    seek('#edit-bar summary', HTMLElement)?.focus()
  }

  #addTools(panel: Panel): void {
    const tool = (act: string, label: string, shape: Parameters<typeof icon>[0]): HTMLButtonElement =>
      make('button', { type: 'button', class: 'button is-small is-icon', 'data-panel': act, title: label }, icon(shape))
    panel.element.append(
      make(
        'div',
        { class: 'panel-tools' },
        tool('move', 'Move', 'grip'),
        tool('set', 'Settings of', 'settings'),
        tool('remove', 'Remove', 'trash'),
      ),
      make('span', { class: 'panel-corner', 'data-panel': 'size', 'aria-hidden': 'true' }),
    )
    this.#nameTools(panel)
  }

  #nameTools({ element, tile }: Panel): void {
    const name = element.getAttribute('aria-label') ?? tile.kind
    for (const button of all('.panel-tools button', HTMLButtonElement, element))
      button.setAttribute('aria-label', `${button.title} ${name}`)
  }

  #panelOf(element: Element | undefined): Panel | undefined {
    return this.#board.panels.find((panel) => panel.element === element?.closest('.panel'))
  }

  #click(event: MouseEvent): void {
    if (!this.isOn) return
    const add = closest(event.target, '[data-add]', HTMLElement)
    if (add) return this.#add(add.dataset['add'] ?? '')
    const button = closest(event.target, '[data-panel]', HTMLElement)
    const panel = this.#panelOf(button)
    if (button?.dataset['panel'] === 'set' && panel) this.#dialog.open(panel, false)
    if (button?.dataset['panel'] === 'remove' && panel) this.#remove(panel)
  }

  #key(event: KeyboardEvent): void {
    const handle = closest(event.target, '[data-panel="move"]', HTMLElement)
    const panel = this.#panelOf(handle)
    const step = STEPS[event.key]
    if (!panel || !step || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    const [right, down] = step
    const { x, y, width, height } = panel.tile.place
    this.#place(
      panel,
      event.shiftKey ? { x, y, width: width + right, height: height + down } : { x: x + right, y: y + down, width, height },
    )
    const place = panel.tile.place
    this.#tell(`Column ${place.x + 1}, row ${place.y + 1}, ${place.width} wide, ${place.height} high`)
  }

  #place(panel: Panel | undefined, wanted: Place, isDragged = false): void {
    if (!panel) return
    const { panels } = this.#board
    const fitting = {
      ...wanted,
      x: clamp(wanted.x, 0, COLUMNS - 1),
      width: clamp(wanted.width, 1, COLUMNS - clamp(wanted.x, 0, COLUMNS - wanted.width)),
    }
    const now = panels.map(({ tile }) => tile.place)
    // From where all were before the drag, so that what it passes over comes back.
    if (isDragged) this.#before ??= now
    const places = placeTile(isDragged ? (this.#before ?? now) : now, panels.indexOf(panel), fitting)
    for (const [at, one] of panels.entries()) {
      const place = places[at]
      if (place) one.tile = { ...one.tile, place }
    }
    this.#change()
    this.#board.layOut(isDragged)
  }

  #add(name: string): void {
    const kind = this.#board.state.kinds.find((one) => one.name === name)
    if (!kind) return
    const place = { x: 0, y: rowsOf(this.#board.panels.map(({ tile }) => tile.place)), ...kind.size }
    const panel = this.#board.add({ kind: name, place, settings: {} })
    panel.element.setAttribute('aria-label', `New: ${kind.label}`)
    this.#addTools(panel)
    this.#change()
    panel.element.scrollIntoView({ block: 'nearest' })
    if (kind.settings.length > 0 && kind.settings.some(needed)) this.#dialog.open(panel, true, () => this.#board.remove(panel))
    else void this.#try(panel, panel.tile).catch(toastError)
  }

  #remove(panel: Panel): void {
    const next = panel.element.nextElementSibling ?? panel.element.previousElementSibling
    this.#board.remove(panel)
    this.#change()
    this.#tell('Removed.')
    const handle = next ? seek('[data-panel="move"]', HTMLElement, next) : undefined
    ;(handle ?? seek('#edit-bar summary', HTMLElement))?.focus()
  }

  /** Shows a tile as it would be. @throws Error why it can't be */
  async #try(panel: Panel, tile: ShownTile): Promise<void> {
    const { panels } = this.#board
    const at = panels.indexOf(panel)
    const tiles = panels.map((one) => (one === panel ? { ...one, tile } : one))
    const { answer, title, html } = await this.#send<{ answer: TileAnswer; title: string; html?: string }>('try', tiles, at)
    panel.tile = tile
    this.#change()
    const head = need('.panel-head', HTMLElement, panel.element)
    need('h2', HTMLElement, head).textContent = title
    head.hidden = title === ''
    panel.element.setAttribute('aria-label', title === '' ? 'Text' : title)
    this.#nameTools(panel)
    // Laid out and cleaned by the server.
    if (html !== undefined)
      need('.panel-body', HTMLElement, panel.element).replaceChildren(make('div', { class: 'prose' }, ...parseHtml(html)))
    this.#board.show(panel, answer)
  }

  async #save(): Promise<void> {
    await this.#send('save', this.#board.panels)
    this.#isChanged = false
    this.#leave()
  }

  async #send<T>(act: 'save' | 'try', panels: readonly Panel[], tile = 0): Promise<T> {
    const tiles = panels.map(({ from, tile: { kind, title, place, settings } }) => ({
      ...(from === undefined ? {} : { from }),
      tile: { kind, ...(title === undefined || title === '' ? {} : { title }), ...settings, place },
    }))
    const { address, revision } = this.#board.state
    const response = await fetch(address, {
      method: 'POST',
      credentials: 'same-origin',
      body: new URLSearchParams({
        csrf_token: currentCsrfToken(),
        act,
        base: String(revision),
        tile: String(tile),
        tiles: JSON.stringify(tiles),
      }),
    }).catch(() => {
      throw new Error('The server was not reached. Check the network, then try again: nothing was changed.')
    })
    if (!response.ok || response.redirected)
      throw new Error(
        'The server refused it: you may not change this dashboard now, or your session has ended. Sign in in another tab, then try again.',
      )
    const answer = (await response.json()) as { problem?: string; code?: string }
    if (answer.problem !== undefined)
      throw new Error(
        answer.code === 'conflict'
          ? 'Somebody else changed this dashboard meanwhile. Open it in another tab, and make your change there again.'
          : answer.problem,
      )
    return answer as T
  }

  #cancel(): void {
    if (this.#isChanged && !window.confirm('Leave without saving? What you changed is lost.')) return
    this.#isChanged = false
    this.#leave()
  }

  /** Shows the page as it is stored. */
  #leave(): void {
    const url = new URL(location.href)
    url.searchParams.delete('edit')
    if (url.href === location.href) location.reload()
    else location.replace(url)
  }

  #change(): void {
    this.#isChanged = true
    this.#tell('Not saved yet')
  }

  #tell(text: string): void {
    need('#edit-state', HTMLElement).textContent = text
  }

  /** Somebody else saved it. */
  tellChanged(): void {
    toast('Somebody else changed this dashboard. What you save now is refused: copy what you need first.', { tone: 'danger' })
  }
}

const STEPS: Readonly<Record<string, readonly [right: number, down: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

const needed = ({ isRequired }: ShownKind['settings'][number]): boolean => isRequired === true
