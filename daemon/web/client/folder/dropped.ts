/** Files that were dropped on the page, including those in dropped folders. */
import { need } from '../dom.ts'
import { toastError } from '../toasts.ts'

export interface Dropped {
  file: File
  /** Path below the folder that is shown: `photos/a.jpg`. */
  path: string
}

/** Maximum number of files in one drop, in case a whole disk is dropped by mistake. */
const MAX_FILES = 5_000

/** Calls `take` with what is dropped anywhere on the page; `#drop-hint` shows while something is over it. */
export function listenToDrops(take: (dropped: Dropped[]) => void): void {
  let depth = 0
  const hint = need('#drop-hint', HTMLElement)
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false
  document.addEventListener('dragenter', (event) => {
    if (hasFiles(event)) hint.classList.toggle('is-shown', ++depth > 0)
  })
  document.addEventListener('dragleave', (event) => {
    if (hasFiles(event)) hint.classList.toggle('is-shown', --depth > 0)
  })
  document.addEventListener('dragover', (event) => {
    if (hasFiles(event)) event.preventDefault()
  })
  document.addEventListener('drop', (event) => {
    if (!event.dataTransfer || !hasFiles(event)) return
    event.preventDefault()
    depth = 0
    hint.classList.remove('is-shown')
    readDropped(event.dataTransfer).then(take, toastError)
  })
}

/** @throws Error when there are too many, or the browser can't read one */
async function readDropped(data: DataTransfer): Promise<Dropped[]> {
  // Get the entries before the first await: after the event the transfer is empty.
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? [])
  const plain = [...data.files]
  if (entries.length === 0) return plain.map((file) => ({ file, path: file.name }))
  const found: Dropped[] = []
  for (const entry of entries) await walk(entry, '', found)
  return found
}

async function walk(entry: FileSystemEntry, above: string, found: Dropped[]): Promise<void> {
  const path = above === '' ? entry.name : `${above}/${entry.name}`
  // Check the property, since Chromium has no class of that name.
  if (isFileEntry(entry)) {
    if (found.length >= MAX_FILES) throw new Error(`That is more than ${MAX_FILES} files at once. Drop fewer.`)
    found.push({ path, file: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)) })
  }
  if (!isFolderEntry(entry)) return
  const reader = entry.createReader()
  for (;;) {
    // A reader returns a hundred at a time, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return
    for (const child of some) await walk(child, path, found)
  }
}

const isFileEntry = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile
const isFolderEntry = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory
