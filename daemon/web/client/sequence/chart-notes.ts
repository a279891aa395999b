/** Notes on a chart: marks and shaded stretches with their texts, and the form that adds, changes and removes them. */
import type { MaskInfo, NoteInfo } from '../../../../src/wire/answers.ts'
import { writeTime, type Span } from '../../shared/chart-state.ts'
import { call, get } from '../api.ts'
import { make, need, seek } from '../dom.ts'
import { hideProblem, onSubmit, showProblem } from '../forms.ts'
import { toast, toastError } from '../toasts.ts'
import type { Chart } from './chart.ts'
import type { ChartPage } from './chart-page.ts'
import { fromInput, showTime, toInput } from './zone.ts'

/** Most marks that are drawn, the latest. */
const MAX_MARKS = 200
/** Pixels that a pointer may move between pressing and releasing for a click. */
const STILL = 4

interface ShownNote extends NoteInfo {
  /** In seconds. */
  readonly from: number
  readonly to: number
}

const shown = (note: NoteInfo): ShownNote => {
  const from = Date.parse(note.start_timestamp) / 1000
  return { ...note, from, to: note.end_timestamp === null ? from : Date.parse(note.end_timestamp) / 1000 }
}

/** A stretch of time that is masked. */
interface MaskedPart {
  readonly from: number
  readonly to: number
  readonly text: string
}

const maskedParts = ({ note, where, parts = [] }: MaskInfo): MaskedPart[] =>
  parts.map(([start, end]) => ({
    from: Date.parse(start) / 1000,
    to: Date.parse(end) / 1000,
    text: `Masked: ${note || (where ?? 'no reason was given')}`,
  }))

export class ChartNotes {
  readonly #chart: Chart
  readonly #page: ChartPage
  readonly #card = make('div', { class: 'chart-note-card', role: 'tooltip', id: 'chart-note-card', hidden: '' })
  readonly #here = make('button', { type: 'button', class: 'button is-small chart-note-here', hidden: '' }, 'Note here')
  #notes: ShownNote[] = []
  #masks: MaskedPart[] = []
  /** What the notes were fetched for. */
  #loaded: Span | undefined
  #loading: AbortController | undefined
  #layer: HTMLElement | undefined
  #pressed: { x: number; y: number } | undefined
  /** The note in the form; undefined: a new one. */
  #open: ShownNote | undefined
  /** Times that the form was opened with, to the fraction of a second. */
  #was: { start: number; end: number | undefined } = { start: 0, end: undefined }

  constructor(chart: Chart, page: ChartPage) {
    this.#chart = chart
    this.#page = page
    const frame = need('.chart-frame', HTMLElement)
    frame.append(this.#card, this.#here)
    chart.noteAt = (from, to) => this.#textOf(from, to)
    document.addEventListener('chart-changed', () => this.#refresh())
    need('#chart', HTMLElement).addEventListener('chart-drawn', () => this.#draw())
    if (page.notePlaces.length > 0) this.#handleWriting(frame)
  }

  #refresh(): void {
    const { from, to } = this.#chart.span
    if (this.#loaded && from >= this.#loaded.from && to <= this.#loaded.to) return
    this.#load().catch(toastError)
  }

  async #load(): Promise<void> {
    this.#loading?.abort()
    const loading = new AbortController()
    this.#loading = loading
    const { from, to } = this.#chart.span
    const around = { from: from - (to - from), to: to + (to - from) }
    this.#loaded = around
    try {
      const query = { path: this.#page.path, start_timestamp: writeTime(around.from), end_timestamp: writeTime(around.to) }
      const [{ notes }, { masks }] = await Promise.all([
        get<{ notes: NoteInfo[] }>('/notes', query, loading.signal),
        get<{ masks: MaskInfo[] }>('/sequences/masks', query, loading.signal),
      ])
      this.#notes = notes.map(shown)
      this.#masks = masks.flatMap(maskedParts)
      this.#chart.showNotes()
      this.#draw()
    } catch (error) {
      if (loading.signal.aborted) return
      this.#loaded = undefined
      throw error
    }
  }

  #textOf(from: number, to: number): string {
    return this.#notes
      .filter((note) => note.from <= to && note.to >= from)
      .map(({ text }) => text)
      .join('; ')
  }

  #draw(): void {
    const { over } = this.#chart.drawing
    if (!over) return
    if (!this.#layer || this.#layer.parentElement !== over) {
      this.#layer = make('div', { class: 'chart-notes' })
      over.append(this.#layer)
      this.#handleClicks(over)
    }
    const { from, to } = this.#chart.span
    const inSpan = this.#notes.filter((note) => note.to >= from && note.from <= to)
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['note'] : undefined
    const masked = this.#masks.filter((part) => part.to >= from && part.from <= to).slice(0, MAX_MARKS)
    const marks = inSpan.slice(0, MAX_MARKS).flatMap((note) => this.#markOf(note))
    this.#layer.replaceChildren(...masked.map((part) => this.#shadeOf(part, 'chart-masked', part.text)), ...marks)
    if (focused !== undefined) seek(`[data-note="${focused}"]`, HTMLElement, this.#layer)?.focus()
    need('#chart-card', HTMLElement).dataset['notes'] = String(inSpan.length)
  }

  #markOf(note: ShownNote): HTMLElement[] {
    const { drawing, span } = this.#chart
    const left = drawing.leftOf(Math.max(note.from, span.from))
    const isStretch = note.to > note.from
    const label = `Note of ${this.#timeOf(note)}: ${note.text}`
    const mark = make('button', { type: 'button', class: 'chart-mark', 'data-note': String(note.id), 'aria-label': label })
    mark.style.left = `${left}px`
    mark.addEventListener('mousedown', (event) => event.stopPropagation())
    for (const event of ['mouseenter', 'focus']) mark.addEventListener(event, () => this.#show(note, left))
    for (const event of ['mouseleave', 'blur']) mark.addEventListener(event, () => (this.#card.hidden = true))
    mark.addEventListener('click', (event) => {
      event.stopPropagation()
      if (this.#page.notePlaces.includes(note.path)) this.#edit(note)
    })
    if (!isStretch) return [mark]
    return [this.#shadeOf(note, 'chart-stretch'), mark]
  }

  /** @param title what a pointer that rests on it is told */
  #shadeOf({ from, to }: { from: number; to: number }, kind: string, title?: string): HTMLElement {
    const { drawing, span } = this.#chart
    const left = drawing.leftOf(Math.max(from, span.from))
    const shade = make('div', { class: kind, title })
    shade.style.left = `${left}px`
    shade.style.width = `${Math.max(2, drawing.leftOf(Math.min(to, span.to)) - left)}px`
    return shade
  }

  #timeOf({ from, to }: ShownNote): string {
    const { zone } = this.#chart
    return to > from ? `${showTime(from, zone)} to ${showTime(to, zone)}` : showTime(from, zone)
  }

  #show(note: ShownNote, left: number): void {
    const about = note.path === this.#page.path ? '' : `, on ${note.path}`
    const tags = note.tags.length === 0 ? '' : ` (${note.tags.join(', ')})`
    this.#card.replaceChildren(
      make('strong', {}, `${note.text}${tags}`),
      make('span', { class: 'note' }, `${this.#timeOf(note)}, by ${note.by.name}${about}`),
    )
    this.#place(this.#card, left)
  }

  /** Shows an element of the frame at a place of the plotting area, as far as it fits. */
  #place(element: HTMLElement, left: number): void {
    const { over } = this.#chart.drawing
    const frame = need('.chart-frame', HTMLElement).getBoundingClientRect()
    if (!over) return
    element.hidden = false
    const x = over.getBoundingClientRect().left - frame.left + left
    element.style.left = `${Math.max(0, Math.min(x, frame.width - element.offsetWidth))}px`
  }

  /** A click that moves nothing offers a note at its place. */
  #handleClicks(over: HTMLElement): void {
    if (this.#page.notePlaces.length === 0) return
    over.addEventListener('pointerdown', ({ clientX: x, clientY: y }) => {
      this.#pressed = { x, y }
      this.#here.hidden = true
    })
    over.addEventListener('click', ({ clientX: x, clientY: y }) => {
      const pressed = this.#pressed
      if (!pressed || Math.abs(x - pressed.x) > STILL || Math.abs(y - pressed.y) > STILL) return
      const left = x - over.getBoundingClientRect().left
      this.#here.dataset['time'] = String(this.#chart.drawing.timeAt(left))
      this.#place(this.#here, left)
    })
  }

  #handleWriting(frame: HTMLElement): void {
    this.#here.addEventListener('click', () => {
      this.#here.hidden = true
      this.#edit(undefined, Number(this.#here.dataset['time']))
    })
    frame.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#here.hidden = this.#card.hidden = true
    })
    need('#note-button', HTMLElement).addEventListener('click', () => this.#edit(undefined, this.#chart.span.to))
    onSubmit('#note-form', () => this.#save())
    const form = need('#note-form', HTMLFormElement)
    need('#note-remove', HTMLElement).addEventListener('click', () => {
      if (this.#open)
        this.#finish(call('DELETE', `/notes/${this.#open.id}`), 'The note is gone.').catch((e: unknown) => showProblem(form, e))
    })
  }

  #edit(note: ShownNote | undefined, time = 0): void {
    this.#open = note
    this.#card.hidden = true
    const { zone, now } = this.#chart
    const start = note?.from ?? Math.min(time, now)
    this.#was = { start, end: note && note.to > note.from ? note.to : undefined }
    hideProblem(need('#note-form', HTMLFormElement))
    need('#note-text', HTMLTextAreaElement).value = note?.text ?? ''
    need('#note-start', HTMLInputElement).value = toInput(start, zone)
    need('#note-end', HTMLInputElement).value = this.#was.end === undefined ? '' : toInput(this.#was.end, zone)
    need('#note-tags', HTMLInputElement).value = note?.tags.join(', ') ?? ''
    const place = need('#note-path', HTMLSelectElement)
    place.value = note?.path ?? this.#page.path
    place.disabled = note !== undefined
    need('#note-remove', HTMLElement).hidden = note === undefined
    need('#note-zone', HTMLElement).textContent = `Times are those of ${zone}.`
    const dialog = need('#note', HTMLDialogElement)
    if (!dialog.open) dialog.showModal()
    need('#note-text', HTMLTextAreaElement).focus()
  }

  async #save(): Promise<void> {
    const { zone } = this.#chart
    const [from, until] = [need('#note-start', HTMLInputElement).value, need('#note-end', HTMLInputElement).value]
    const [start, end] = [fromInput(from, zone, this.#was.start), fromInput(until, zone, this.#was.end)]
    if (start === undefined) throw new Error('Give the time that the note is about.')
    const fields = {
      text: need('#note-text', HTMLTextAreaElement).value,
      tags: need('#note-tags', HTMLInputElement).value,
      // An input shows whole seconds: what was not touched stays exact.
      ...(this.#open && from === toInput(this.#was.start, zone) ? {} : { start_timestamp: writeTime(start) }),
      ...(this.#open && end !== undefined && until === toInput(this.#was.end ?? 0, zone)
        ? {}
        : { end_timestamp: end === undefined ? '' : writeTime(end) }),
    }
    const path = need('#note-path', HTMLSelectElement).value
    const saving = this.#open ? call('PUT', `/notes/${this.#open.id}`, fields) : call('POST', '/notes', { path, ...fields })
    await this.#finish(saving, 'Noted.')
  }

  async #finish(change: Promise<unknown>, done: string): Promise<void> {
    await change
    need('#note', HTMLDialogElement).close()
    toast(done)
    await this.#load()
  }
}
