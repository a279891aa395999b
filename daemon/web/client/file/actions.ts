/** Renames, moves and deletes a file, and uploads new revisions of it. */
import { call } from '../api.ts'
import { closest, make, need, seek } from '../dom.ts'
import { onSubmit } from '../forms.ts'
import { escapePath } from '../../shared/paths.ts'
import { formatBytes } from '../../shared/format.ts'
import { sendForm } from '../send-form.ts'
import { explain, toastError } from '../toasts.ts'

export interface FileState {
  path: string
  name: string
  /** Path of the folder that contains it. */
  folder: string
  /** Below /api/v1, escaped. */
  apiPath: string
  /** The revision that is shown. */
  base: number
}

/** Bytes that no program opens under a name of another kind. */
const WORKBOOK = /\.(?:xls[xmb]?|ods)$/i

export function handleFileActions(state: FileState): void {
  document.addEventListener('click', (event) => {
    const pick = closest(event.target, '[data-pick]', HTMLElement)
    if (pick) need(`#${pick.dataset['pick'] ?? ''}`, HTMLInputElement).click()
    if (closest(event.target, '[data-act="delete"]', HTMLElement)) remove(state).catch(toastError)
  })
  onSubmit('#rename-form', async () => {
    const name = need('#rename-name', HTMLInputElement).value
    if (name !== state.name) await call('PUT', state.apiPath, { name })
    location.assign(escapePath(`${state.folder}/${name}`))
  })
  onSubmit('#move-form', async () => {
    const parent = need('#move-parent', HTMLInputElement).value.replace(/\/$/, '')
    await call('PUT', state.apiPath, { parent })
    location.assign(escapePath(`${parent}/${state.name}`))
  })
  seek('#revision-input', HTMLInputElement)?.addEventListener('change', (event) => {
    const input = event.currentTarget
    const file = input instanceof HTMLInputElement ? input.files?.[0] : undefined
    if (file && WORKBOOK.test(file.name) !== WORKBOOK.test(state.name))
      toastError(`${file.name} is no revision of ${state.name}: under that name no program would open it. Upload it into the folder.`)
    else if (file) void upload(state, file)
    if (input instanceof HTMLInputElement) input.value = ''
  })
}

/** Asks no question first, since it can be undone: the page stays, and says so. */
async function remove({ apiPath, name, folder }: FileState): Promise<void> {
  await call('DELETE', apiPath)
  const undo = make('button', { type: 'button', class: 'button is-primary' }, 'Undo')
  const leave = make('a', { class: 'button', href: folder === '/' ? '/' : escapePath(folder) }, 'To the folder')
  const notice = make(
    'div',
    { class: 'empty', role: 'status' },
    make('p', { class: 'empty-title' }, `${name} is deleted`),
    make('p', {}, 'It can be brought back until its name is used again.'),
    make('p', { class: 'actions is-centred' }, undo, leave),
  )
  need('#file', HTMLElement).replaceChildren(notice)
  for (const part of document.querySelectorAll('.page-header .actions, .tabs')) if (part instanceof HTMLElement) part.hidden = true
  undo.focus()
  undo.addEventListener('click', () => {
    call('POST', apiPath, { undelete: 1 }).then(() => location.reload(), toastError)
  })
}

async function upload(state: FileState, file: File): Promise<void> {
  const bar = make('progress', { max: '1', value: '0', 'aria-label': `Upload of ${file.name}` })
  const note = make('span', { class: 'note' }, formatBytes(file.size))
  const row = make('div', { class: 'upload' }, make('strong', {}, file.name), note, bar)
  const section = need('#uploads', HTMLElement)
  section.replaceChildren(row)
  section.hidden = false
  const form = new FormData()
  form.append('if_revision', String(state.base))
  form.append('file', file)
  try {
    await sendForm('PUT', state.apiPath, form, bar)
    location.assign(escapePath(state.path))
  } catch (error) {
    note.textContent = explain(error)
    row.classList.add('is-failed')
    const again = make('button', { type: 'button', class: 'button is-small' }, 'Reload the page')
    again.addEventListener('click', () => location.reload())
    const leave = make('button', { type: 'button', class: 'button is-small is-quiet' }, 'Leave it')
    leave.addEventListener('click', () => (section.hidden = true))
    row.append(make('span', { class: 'actions' }, again, leave))
  }
}
