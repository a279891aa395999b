/** Files that were dropped on the page, including those in dropped folders. */

export interface Dropped {
  file: File
  /** Path below the folder that is shown: `photos/a.jpg`. */
  path: string
}

/** Maximum number of files in one drop, in case a whole disk is dropped by mistake. */
const MAX_FILES = 5_000

/** @throws Error when there are too many, or the browser can't read one */
export async function readDropped(data: DataTransfer): Promise<Dropped[]> {
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
