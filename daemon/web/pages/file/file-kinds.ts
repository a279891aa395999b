/** How a file is displayed, according to its name. The content is never trusted: every kind is safe with any content. */
import { isWorkbookName } from '../../../../src/content/spreadsheets.ts'

/** Maximum bytes that are loaded into an editor, which would get slow with more, and that are shown of a table. */
export const EDIT_LIMIT = 2_000_000

export type FileKind = 'markdown' | 'table' | 'workbook' | 'text' | 'image' | 'pdf' | 'audio' | 'video' | 'other'

const MEDIA: Readonly<Record<string, readonly [kind: FileKind, contentType: string]>> = {
  png: ['image', 'image/png'],
  jpg: ['image', 'image/jpeg'],
  jpeg: ['image', 'image/jpeg'],
  gif: ['image', 'image/gif'],
  webp: ['image', 'image/webp'],
  avif: ['image', 'image/avif'],
  bmp: ['image', 'image/bmp'],
  ico: ['image', 'image/x-icon'],
  svg: ['image', 'image/svg+xml'],
  pdf: ['pdf', 'application/pdf'],
  mp3: ['audio', 'audio/mpeg'],
  m4a: ['audio', 'audio/mp4'],
  wav: ['audio', 'audio/wav'],
  ogg: ['audio', 'audio/ogg'],
  oga: ['audio', 'audio/ogg'],
  opus: ['audio', 'audio/ogg'],
  flac: ['audio', 'audio/flac'],
  mp4: ['video', 'video/mp4'],
  m4v: ['video', 'video/mp4'],
  webm: ['video', 'video/webm'],
  ogv: ['video', 'video/ogg'],
  mov: ['video', 'video/quicktime'],
}

const TEXTS = new Set(
  (
    'txt log text json jsonl ndjson yaml yml toml ini cfg conf env properties xml html htm css js ts mjs cjs jsx tsx py ipynb r ' +
    'dat data rdb lp tab rb pl lua sh bash zsh bat ps1 c h cc cpp hpp ino java kt go rs swift sql m tex rst diff patch service gitignore ' +
    'dashboard'
  ).split(' '),
)

const endingOf = (name: string): string => /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''

export function fileKindOf(name: string): FileKind {
  const ending = endingOf(name)
  if (ending === 'md' || ending === 'markdown') return 'markdown'
  if (ending === 'csv' || ending === 'tsv') return 'table'
  if (isWorkbookName(name)) return 'workbook'
  // Without an extension (README, Makefile) it is probably text; the content is checked before it is shown.
  if (ending === '' || TEXTS.has(ending)) return 'text'
  return MEDIA[ending]?.[0] ?? 'other'
}

/** Kinds that can be edited here, if they contain text. */
export const isTextKind = (kind: FileKind): kind is 'markdown' | 'table' | 'text' =>
  kind === 'markdown' || kind === 'table' || kind === 'text'

/** A kind's name for people: "PNG image". */
export function kindName(name: string): string {
  const ending = endingOf(name)
  const names: Readonly<Record<FileKind, string>> = {
    markdown: 'Markdown',
    table: 'Table',
    workbook: 'Workbook',
    text: 'Text',
    image: 'image',
    pdf: 'PDF',
    audio: 'sound',
    video: 'video',
    other: 'file',
  }
  const kind = fileKindOf(name)
  if (kind === 'image' || kind === 'audio' || kind === 'video') return `${ending.toUpperCase()} ${names[kind]}`
  if (kind === 'other') return ending === '' || ending.length > 8 ? 'File' : `${ending.toUpperCase()} file`
  return kind === 'text' && ending !== 'txt' && ending !== '' ? `Text (${ending})` : names[kind]
}

/** The content type with which a browser displays it; undefined: the browser must only save it. */
export function contentTypeOf(name: string): string | undefined {
  const ending = endingOf(name)
  if (Object.hasOwn(MEDIA, ending)) return MEDIA[ending]?.[1]
  return isTextKind(fileKindOf(name)) ? 'text/plain; charset=utf-8' : undefined
}
