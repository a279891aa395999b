/** The form of a tile's settings, made of the table of its kind. */
import type { TileSetting } from '../../../../src/wire/dashboard-answers.ts'
import type { DashboardState, ShownTile } from '../../shared/dashboard-tiles.ts'
import { make, need, seek } from '../dom.ts'
import { onSubmit } from '../forms.ts'
import { fetchOfPage } from '../sequence/page-data.ts'
import type { Panel } from './board.ts'

/** Milliseconds after the last key before paths are looked for. */
const SETTLE_MS = 200

export class TileSettingsDialog {
  readonly #state: DashboardState
  readonly #dialog = need('#tile-settings', HTMLDialogElement)
  #panel: Panel | undefined
  /** What undoes a tile that was added and not applied. */
  #undo: (() => void) | undefined
  #asking: number | undefined

  /** @param apply shows the tile as it would be; its error is shown in the form */
  constructor(state: DashboardState, apply: (panel: Panel, tile: ShownTile) => Promise<void>) {
    this.#state = state
    onSubmit('#tile-form', async () => {
      const panel = this.#panel
      if (!panel) return
      await apply(panel, this.#read(panel.tile))
      this.#undo = undefined
      this.#dialog.close()
    })
    this.#dialog.addEventListener('close', () => {
      this.#undo?.()
      this.#undo = undefined
      const handle = this.#panel ? seek('[data-panel="set"]', HTMLElement, this.#panel.element) : undefined
      ;(handle?.isConnected === true ? handle : seek('#edit-bar summary', HTMLElement))?.focus()
    })
    need('#tile-fields', HTMLElement).addEventListener('input', ({ target }) => {
      if (target instanceof HTMLElement && target.dataset['paths'] !== undefined) this.#suggest(target)
    })
  }

  open(panel: Panel, isNew: boolean, undo?: () => void): void {
    this.#panel = panel
    this.#undo = isNew ? undo : undefined
    const kind = this.#state.kinds.find(({ name }) => name === panel.tile.kind)
    if (!kind) return
    need('#tile-settings-title', HTMLElement).textContent = isNew ? `New tile: ${kind.label}` : `Settings: ${kind.label}`
    const problem = seek('#tile-form [data-problem]', HTMLElement)
    if (problem) problem.hidden = true
    need('#tile-fields', HTMLElement).replaceChildren(
      ...kind.settings.map((setting) => this.#field(setting, panel.tile.settings[setting.name])),
      field(
        { id: 'tile-title', label: 'Title', hint: 'If left empty: what it shows.' },
        make('input', { name: 'title', maxlength: '200', value: panel.tile.title ?? '' }),
      ),
    )
    this.#dialog.showModal()
    seek('#tile-fields textarea, #tile-fields input', HTMLElement)?.focus()
  }

  #field(setting: TileSetting, value: unknown): HTMLElement {
    const { name, label, type, hint, isRequired, otherwise, most } = setting
    const required = isRequired === true ? { required: '' } : {}
    const id = `tile-${name}`
    if (type === 'sequences') {
      const area = make('textarea', { name, rows: '5', class: 'is-mono', spellcheck: 'false', ...required })
      area.value = (Array.isArray(value) ? value : []).join('\n')
      const search = make('input', {
        type: 'search',
        list: 'tile-paths',
        placeholder: 'Find a sequence to add…',
        autocomplete: 'off',
        'data-paths': typeOf(setting),
        'aria-label': 'Find a sequence to add',
      })
      search.addEventListener('change', () => {
        if (!search.value.startsWith('/')) return
        area.value = [...area.value.split('\n').filter((line) => line.trim() !== ''), search.value].join('\n')
        search.value = ''
      })
      return field(
        { id, label, hint: `One path a line; * stands for any name, such as ${this.#example()}. ${hint ?? ''}`.trim() },
        area,
        search,
      )
    }
    if (type === 'text') {
      const area = make('textarea', { name, rows: '8', ...required })
      area.value = typeof value === 'string' ? value : ''
      return field({ id, label, hint }, area)
    }
    const input = make('input', {
      name,
      autocomplete: 'off',
      value: typeof value === 'string' || typeof value === 'number' ? String(value) : '',
      placeholder: otherwise === undefined ? undefined : String(otherwise),
      ...(type === 'count' ? { type: 'number', min: '1', max: String(most ?? 1_000) } : {}),
      ...(type === 'sequence' ? { list: 'tile-paths', 'data-paths': typeOf(setting) } : {}),
      ...required,
    })
    return field(
      { id, label, hint: type === 'folder' || type === 'sequence' ? `${hint ?? ''} Such as ${this.#example()}.`.trim() : hint },
      input,
    )
  }

  #example(): string {
    const [variable] = this.#state.variables
    return variable === undefined ? `${this.#state.folder}/*/temperature` : `$${variable}/temperature`
  }

  #read(tile: ShownTile): ShownTile {
    const kind = this.#state.kinds.find(({ name }) => name === tile.kind)
    const fields = new FormData(need('#tile-form', HTMLFormElement))
    const textOf = (name: string): string => {
      const value = fields.get(name)
      return typeof value === 'string' ? value.trim() : ''
    }
    const settings: Record<string, unknown> = {}
    for (const { name, type } of kind?.settings ?? []) {
      const text = textOf(name)
      if (text === '') continue
      if (type === 'sequences')
        settings[name] = text
          .split('\n')
          .map((line) => line.trim())
          .filter((line) => line !== '')
      else settings[name] = type === 'count' ? Number(text) : text
    }
    const title = textOf('title')
    return { ...tile, title: title === '' ? undefined : title, settings }
  }

  #suggest(input: HTMLElement): void {
    clearTimeout(this.#asking)
    if (!(input instanceof HTMLInputElement) || input.value.trim().length < 2) return
    const query = new URLSearchParams({ q: input.value.replaceAll('/', ' '), type: input.dataset['paths'] ?? '' })
    this.#asking = setTimeout(() => {
      fetchOfPage<string[]>(`/-/chartable?${query.toString()}`).then(
        (paths) => need('#tile-paths', HTMLElement).replaceChildren(...paths.map((value) => make('option', { value }))),
        // They only save typing.
        () => undefined,
      )
    }, SETTLE_MS)
  }
}

/** Which sequences are offered, as /-/chartable calls them. */
const typeOf = ({ holds }: TileSetting): string => (holds === 'images' ? 'image' : holds === 'numbers' ? '' : (holds ?? 'values'))

function field(
  { id, label, hint }: { id: string; label: string; hint?: string | undefined },
  input: HTMLElement,
  ...more: readonly HTMLElement[]
): HTMLElement {
  input.id = id
  if (hint) input.setAttribute('aria-describedby', `${id}-hint`)
  return make(
    'div',
    { class: 'field' },
    make('label', { for: id }, label),
    input,
    ...more,
    ...(hint ? [make('p', { class: 'hint', id: `${id}-hint` }, hint)] : []),
  )
}
