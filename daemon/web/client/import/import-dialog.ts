/** The dialog of imports: what to do with a file, a preview of what would become of it, then what became of it. */
import type { TableColumn, TableImportAnswer } from '../../../../src/wire/answers.ts'
import { formatCount } from '../../shared/format.ts'
import { ApiError } from '../api.ts'
import { all, need, seek } from '../dom.ts'
import { replaceChildren } from '../focus.ts'
import { hideProblem, showProblem } from '../forms.ts'
import { sendForm } from '../send-form.ts'
import { explain, toastError } from '../toasts.ts'
import { clearOptions, inWordsOfForm, markAsked, nameOf, offerSheets, parametersOf, type ColumnWish, type ImportSource } from './options.ts'
import { choicesOf, choosesSeries, showPreview } from './preview.ts'
import { showEarlier, showSummary, undo } from './summary.ts'

export interface ImportPlace {
  /** Of the page: a folder, or a sequence. */
  readonly path: string
  readonly isSequence: boolean
}

/** What a person answers when a file comes that may be a table. */
export type Answer = 'keep' | 'bring' | 'nothing'

/** Milliseconds without typing after which the preview is made again. */
const QUIET = 400

type Step = 'choose' | 'preview' | 'done'

export class ImportDialog {
  readonly #place: ImportPlace
  readonly #dialog = need('#import', HTMLDialogElement)
  readonly #form = need('#import-form', HTMLFormElement)
  readonly #act = need('#import-act', HTMLButtonElement)
  readonly #bar = need('#import-progress progress', HTMLProgressElement)
  #source: ImportSource | undefined
  /** By number of their column; empty: those that the server chooses. */
  #wishes = new Map<number, ColumnWish>()
  /** Columns of the file, or series that its rows name. */
  #choices: readonly TableColumn[] = []
  #hasSeries = false
  #trial: AbortController | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #isStoring = false
  #importId: number | null = null
  #hasChanged = false

  /** @param onChange is called when the dialog is closed and values came or went */
  constructor(place: ImportPlace, onChange: () => void) {
    this.#place = place
    this.#dialog.addEventListener('close', () => {
      if (this.#hasChanged) onChange()
      this.#hasChanged = false
    })
    need('#import-zones', HTMLDataListElement).append(...Intl.supportedValuesOf('timeZone').map((zone) => new Option(zone)))
    this.#form.addEventListener('input', (event) => this.#noteColumn(event.target))
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#store()
    })
    need('#import-undo', HTMLButtonElement).addEventListener('click', () => void this.#undo())
    need('#import-end', HTMLButtonElement).addEventListener('click', () => this.#dialog.close())
    // What became of it has to be told, so the dialog stays while values are stored.
    this.#dialog.addEventListener('cancel', (event) => {
      if (this.#isStoring) event.preventDefault()
    })
  }

  /** Asks for a file, and brings its values; lists earlier imports. Resolves when the dialog is closed. */
  async choose(): Promise<void> {
    const input = need('#import-file', HTMLInputElement)
    input.value = ''
    this.#ask('', true)
    showEarlier(this.#place.path, () => (this.#hasChanged = true)).then((shown) => {
      const list = need('#import-earlier', HTMLElement)
      list.replaceChildren(...shown)
      list.hidden = shown.length === 0
    }, toastError)
    const chosen = new AbortController()
    input.addEventListener(
      'change',
      () => {
        const file = input.files?.[0]
        if (file) this.#begin({ file })
      },
      chosen,
    )
    await this.#untilClosed()
    chosen.abort()
  }

  /** Asks what is to be done with files that were dropped. */
  async ask(names: readonly string[]): Promise<Answer> {
    this.#ask(names.length === 1 ? `What should become of ${names[0] ?? ''}?` : `What should become of these ${names.length} files?`, false)
    const [keep, bring] = [need('#import-keep', HTMLButtonElement), need('#import-bring', HTMLButtonElement)]
    bring.focus()
    const answered = new AbortController()
    const answer = new Promise<Answer>((resolve) => {
      keep.addEventListener('click', () => resolve('keep'), answered)
      bring.addEventListener('click', () => resolve('bring'), answered)
      this.#dialog.addEventListener('close', () => resolve('nothing'), answered)
    })
    const given = await answer
    answered.abort()
    if (given === 'keep') this.#dialog.close()
    return given
  }

  /** Previews a file, and brings its values when that is wanted. Resolves when the dialog is closed. */
  async bring(source: ImportSource): Promise<void> {
    if (!this.#dialog.open) this.#dialog.showModal()
    this.#begin(source)
    await this.#untilClosed()
  }

  #untilClosed(): Promise<void> {
    return new Promise((resolve) => {
      this.#dialog.addEventListener(
        'close',
        () => {
          this.#trial?.abort()
          clearTimeout(this.#timer)
          resolve()
        },
        { once: true },
      )
    })
  }

  #ask(question: string, isChoosing: boolean): void {
    need('#import-question', HTMLElement).textContent = question
    need('#import-question', HTMLElement).hidden = isChoosing
    need('#import-choice', HTMLElement).hidden = !isChoosing
    need('#import-answers', HTMLElement).hidden = isChoosing
    need('#import-earlier', HTMLElement).hidden = true
    this.#show('choose')
    this.#dialog.showModal()
  }

  #show(step: Step): void {
    for (const part of all('[data-step]', HTMLElement, this.#dialog)) part.hidden = part.dataset['step'] !== step
  }

  #begin(source: ImportSource): void {
    this.#source = source
    this.#wishes.clear()
    this.#choices = []
    need('#import-title', HTMLElement).textContent = `Import values: ${nameOf(source)}`
    need('#import-preview', HTMLElement).replaceChildren()
    hideProblem(this.#form)
    clearOptions(this.#form)
    this.#show('preview')
    need('#import-options summary', HTMLElement).focus()
    void this.#try()
  }

  /** Notes what was said about a column, and has the file tried again. */
  #noteColumn(target: EventTarget | null): void {
    if (!(target instanceof HTMLInputElement) && !(target instanceof HTMLSelectElement)) return
    // Other columns, or none, are to be chosen from then.
    if (target.name === 'series') this.#wishes.clear()
    const number = Number(target.dataset['column'] ?? target.dataset['name'])
    if (number > 0 && target instanceof HTMLInputElement) {
      if (this.#wishes.size === 0)
        for (const { number: at, is_taken: isTaken } of this.#choices) this.#wishes.set(at, { isTaken, name: '' })
      if (target.type === 'radio') for (const wish of this.#wishes.values()) wish.isTaken = false
      const wish = this.#wishes.get(number)
      if (wish && target.dataset['column'] !== undefined) wish.isTaken = target.checked
      else if (wish) wish.name = target.value.trim()
    }
    this.#act.disabled = true
    this.#trial?.abort()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#try(), QUIET)
  }

  /** As the API takes them: series by name; columns by number, or by header where a header is that number. */
  #chosenColumns(): string[] | undefined {
    if (this.#wishes.size === 0) return undefined
    const headers = new Set(this.#choices.flatMap(({ header, name }) => [header.trim(), name]))
    return this.#choices.flatMap(({ number, header }) => {
      const wish = this.#wishes.get(number)
      if (wish?.isTaken !== true) return []
      const column = this.#hasSeries || headers.has(String(number)) ? header : String(number)
      return [wish.name === '' ? column : `${column}=${wish.name}`]
    })
  }

  async #send(isTrial: boolean, signal?: AbortSignal): Promise<TableImportAnswer> {
    const source = this.#source
    const columns = this.#chosenColumns()
    if (!source) throw new Error('Choose a file first.')
    if (columns?.length === 0) throw new Error(`All ${this.#hasSeries ? 'series' : 'columns'} are left out. Take at least one.`)
    const form = parametersOf(this.#form, source, this.#place.isSequence ? this.#place.path : undefined, columns)
    if (isTrial) form.append('dry_run', '1')
    return sendForm<TableImportAnswer>('POST', '/imports', form, this.#bar, signal)
  }

  async #try(): Promise<void> {
    const trial = new AbortController()
    this.#trial = trial
    const preview = need('#import-preview', HTMLElement)
    preview.setAttribute('aria-busy', 'true')
    this.#tell('Reading the file…')
    try {
      this.#showTrial(await this.#send(true, trial.signal))
    } catch (error) {
      if (trial.signal.aborted) return
      this.#refuse(error)
    }
    preview.setAttribute('aria-busy', 'false')
    this.#tell('')
  }

  #showTrial(answer: TableImportAnswer): void {
    hideProblem(this.#form)
    this.#choices = choicesOf(answer)
    // Where columns name the device of a row, what is chosen are the other ones.
    this.#hasSeries = choosesSeries(answer)
    const { isSequence, path } = this.#place
    const inWords = (sentence: string): string => inWordsOfForm(this.#form, sentence)
    const folder = seek('[name="into"]', HTMLInputElement, this.#form)?.value ?? path
    markAsked(this.#form, answer.problems.join(' '))
    replaceChildren(
      need('#import-preview', HTMLElement),
      showPreview({
        answer: { ...answer, read_as: answer.read_as.map(inWords), warnings: answer.warnings.map(inWords) },
        problems: this.#problemsOf(answer),
        isOne: isSequence,
        folder: folder.replace(/\/$/, ''),
      }),
    )
    const count = answer.sequences.reduce((sum, { stored, replaced }) => sum + stored + replaced, 0)
    this.#act.disabled = answer.problems.length > 0 || answer.sequences.length === 0
    this.#act.textContent = count === 0 ? 'Import values' : `Import ${formatCount(count)} ${count === 1 ? 'value' : 'values'} in`
  }

  #problemsOf({ problems }: TableImportAnswer): string[] {
    const taken = this.#choices.filter((choice) => choice.is_taken).length
    const what = this.#hasSeries ? 'series' : 'columns of values'
    if (this.#place.isSequence && taken > 1) return [`The file has ${taken} ${what}. Take one of them.`]
    return problems.map((problem) => inWordsOfForm(this.#form, problem))
  }

  #refuse(error: unknown): void {
    this.#act.disabled = true
    if (error instanceof ApiError && error.choice?.parameter === 'sheet') offerSheets(this.#form, error.choice.values)
    const message = explain(error)
    markAsked(this.#form, message)
    showProblem(this.#form, new Error(inWordsOfForm(this.#form, message)))
  }

  /** @param text what is under way; empty: nothing */
  #tell(text: string): void {
    const progress = need('#import-progress', HTMLElement)
    progress.hidden = text === ''
    need('[role="status"]', HTMLElement, progress).textContent = text
    this.#bar.value = 0
  }

  async #store(): Promise<void> {
    if (this.#act.disabled || this.#isStoring || !this.#source) return
    const fields = need('#import-fields', HTMLFieldSetElement)
    this.#isStoring = true
    this.#act.disabled = true
    this.#tell('Storing the values…')
    const sent = this.#send(false)
    fields.disabled = true
    for (const button of all('[data-close]', HTMLButtonElement, this.#dialog)) button.disabled = true
    try {
      const answer = await sent
      this.#hasChanged = true
      this.#importId = answer.import_id
      need('#import-undo', HTMLButtonElement).hidden = answer.import_id === null
      need('#import-undo', HTMLButtonElement).disabled = false
      const summary = need('#import-summary', HTMLElement)
      summary.replaceChildren(...showSummary(nameOf(this.#source), answer))
      this.#show('done')
      summary.focus()
    } catch (error) {
      this.#refuse(error)
    } finally {
      this.#isStoring = false
      fields.disabled = false
      for (const button of all('[data-close]', HTMLButtonElement, this.#dialog)) button.disabled = false
      // A click beside the dialog has closed it meanwhile.
      if (!this.#dialog.open) this.#dialog.showModal()
      this.#tell('')
    }
  }

  async #undo(): Promise<void> {
    if (this.#importId === null) return
    const button = need('#import-undo', HTMLButtonElement)
    const summary = need('#import-summary', HTMLElement)
    button.disabled = true
    try {
      summary.replaceChildren(await undo(this.#importId))
      button.hidden = true
      need('#import-end', HTMLButtonElement).focus()
    } catch (error) {
      button.disabled = false
      toastError(error)
    }
  }
}
