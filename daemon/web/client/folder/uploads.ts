/** Uploads files and folders by dropping or choosing: one after another, with progress, and with a retry for those that failed. */
import { ApiError } from '../api.ts'
import { closest, make, need } from '../dom.ts'
import { refresh } from '../refresh.ts'
import { sendForm } from '../send-form.ts'
import { explain, toast, toastError } from '../toasts.ts'
import { formatBytes } from '../../shared/format.ts'
import { listenToDrops, type Dropped } from './dropped.ts'
import { escapePath } from '../../shared/paths.ts'

interface Upload {
  file: File
  /** The target folder. */
  folder: string
  /** True: adds a revision to an existing file. */
  isReplacing: boolean
  row: HTMLElement
  bar: HTMLProgressElement
  note: HTMLElement
}

/** @param offer asks what is to be done with dropped files, and gives those that are to be uploaded */
export function handleUploads(folder: string, offer: (dropped: Dropped[]) => Promise<Dropped[]>): void {
  const waiting: Upload[] = []
  let isRunning = false

  for (const id of ['#upload-input', '#upload-folder-input']) {
    const input = need(id, HTMLInputElement)
    input.addEventListener('change', () => {
      enqueue(
        [...(input.files ?? [])].map((file) => ({ file, path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath })),
      )
      input.value = ''
    })
  }
  document.addEventListener('click', (event) => {
    const button = closest(event.target, '[data-pick]', HTMLElement)
    if (button) need(`#${button.dataset['pick'] ?? ''}`, HTMLInputElement).click()
  })
  listenToDrops((dropped) => void offer(dropped).then(enqueue, toastError))

  function enqueue(files: readonly Dropped[]): void {
    const section = need('#uploads', HTMLElement)
    section.hidden = files.length === 0 && section.childElementCount === 0
    for (const { file, path } of files) {
      const bar = make('progress', { max: '1', value: '0', 'aria-label': `Upload of ${path}` })
      const note = make('span', { class: 'note' }, formatBytes(file.size))
      const row = make('div', { class: 'upload' }, make('strong', {}, path), note, bar)
      section.append(row)
      const at = path.lastIndexOf('/')
      waiting.push({ file, folder: at < 0 ? folder : `${folder}/${path.slice(0, at)}`, isReplacing: false, row, bar, note })
    }
    void run()
  }

  async function run(): Promise<void> {
    if (isRunning) return
    isRunning = true
    let done = 0
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        await send(next)
        done++
        next.row.remove()
      } catch (error) {
        showFailure(next, error)
      }
    }
    isRunning = false
    const section = need('#uploads', HTMLElement)
    section.hidden = section.childElementCount === 0
    if (done === 0) return
    toast(done === 1 ? 'Uploaded.' : `Uploaded ${done} files.`)
    await refresh().catch(toastError)
  }

  function showFailure(upload: Upload, error: unknown): void {
    const isTaken = error instanceof ApiError && error.status === 409
    upload.note.textContent = isTaken ? 'There is a file of that name already.' : explain(error)
    upload.row.classList.add('is-failed')
    const again = make('button', { type: 'button', class: 'button is-small' }, isTaken ? 'Replace it' : 'Try again')
    const leave = make('button', { type: 'button', class: 'button is-small is-quiet' }, isTaken ? 'Keep the old one' : 'Leave it')
    const buttons = make('span', { class: 'actions' }, again, leave)
    upload.row.append(buttons)
    leave.addEventListener('click', () => {
      upload.row.remove()
      const section = need('#uploads', HTMLElement)
      section.hidden = section.childElementCount === 0
    })
    again.addEventListener('click', () => {
      buttons.remove()
      upload.row.classList.remove('is-failed')
      upload.note.textContent = formatBytes(upload.file.size)
      waiting.push({ ...upload, isReplacing: upload.isReplacing || isTaken })
      void run()
    })
  }
}

/** @throws ApiError; 409 when the name is taken */
async function send({ file, folder, isReplacing, bar }: Upload): Promise<void> {
  const form = new FormData()
  if (!isReplacing) {
    form.append('path', folder)
    form.append('name', file.name)
    form.append('type', 'file')
    form.append('as_is', '1')
  }
  form.append('file', file)
  await sendForm('POST', isReplacing ? `/resources${escapePath(`${folder}/${file.name}`)}` : '/resources', form, bar)
}
