/** Words for errors of disks: of the file system, and of SQLite, which has codes of its own for the same things. */
import { Fault } from './fault.ts'
import { NotAFile } from './regular-files.ts'

/** Errors that Node has no names for: it calls them "Unknown system error -122". */
const NAMELESS: Readonly<Record<number, string>> = { [-122]: 'EDQUOT', [-116]: 'ESTALE' }

/** The code of an error of the file system or of SQLite, such as ENOENT or SQLITE_FULL. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  const name = 'errno' in error && typeof error.errno === 'number' && process.platform === 'linux' ? NAMELESS[error.errno] : undefined
  return name ?? String(error.code)
}

interface Trouble {
  /** Completes a sentence that began with a place: "is full". */
  readonly is: string
  /** What to do, on the server's machine. */
  readonly remedy: string
  /** Seconds after which trying again makes sense. */
  readonly retryAfter: number
}

const FULL: Trouble = { is: 'is on a full disk', remedy: "Free some space on the server's disk.", retryAfter: 60 }
const QUOTA: Trouble = {
  is: 'has used up its quota of the disk',
  remedy: "Free some space, or raise the quota of the server's user.",
  retryAfter: 60,
}
const FAILED: Trouble = {
  is: 'is on a disk that failed',
  remedy: "Look at the server's disk and at the log of its system (dmesg).",
  retryAfter: 60,
}
const READ_ONLY: Trouble = {
  is: 'is on a file system that is read-only',
  remedy: 'Systems make it so after errors of a disk: look at the disk, then mount it for writing.',
  retryAfter: 60,
}
const DENIED: Trouble = {
  is: "may not be used by the server's user",
  remedy: 'Give the files and their folder to the user that the server runs as, such as with chown -R.',
  retryAfter: 60,
}
const TOO_MANY: Trouble = {
  is: "can't be opened, as too many files are open",
  remedy: 'Try again in a moment. If it goes on, raise the limit of open files (ulimit -n; LimitNOFILE of the service).',
  retryAfter: 5,
}
const CANT_OPEN: Trouble = {
  is: "can't be opened",
  remedy: 'See that its folder is there, belongs to the user that the server runs as, and that not too many files are open.',
  retryAfter: 30,
}

/** SQLite says the same of a page that is wrong and of one that the disk fails to read. */
const DAMAGED: Trouble = {
  is: 'is damaged, or its disk fails to read it',
  remedy: 'Run "rhizo doctor", which names what is damaged, and look at the server\'s disk.',
  retryAfter: 60,
}

const TROUBLES: Readonly<Record<string, Trouble>> = {
  ENOSPC: FULL,
  EDQUOT: QUOTA,
  EIO: FAILED,
  ENXIO: FAILED,
  ENODEV: FAILED,
  ESTALE: FAILED,
  EROFS: READ_ONLY,
  EACCES: DENIED,
  EPERM: DENIED,
  EMFILE: TOO_MANY,
  ENFILE: TOO_MANY,
  SQLITE_FULL: FULL,
  SQLITE_IOERR: FAILED,
  // The file that the log's readers share can't be enlarged.
  SQLITE_IOERR_SHMSIZE: FULL,
  SQLITE_READONLY: {
    is: 'is read-only',
    remedy: 'See that file and folder belong to the user that the server runs as, and that the disk is mounted for writing.',
    retryAfter: 60,
  },
  SQLITE_CANTOPEN: CANT_OPEN,
  SQLITE_CORRUPT: DAMAGED,
  SQLITE_NOTADB: DAMAGED,
}

/** SQLite's codes may have an end that says more: SQLITE_IOERR_WRITE. */
function troubleOf(code: string): Trouble | undefined {
  return TROUBLES[code] ?? TROUBLES[/^SQLITE_[A-Z]+/.exec(code)?.[0] ?? '']
}

/** Whether an error is one of the disk: full, failing, damaged, read-only, not allowed, or out of file descriptors. */
export const isDiskError = (error: unknown): boolean => troubleOf(codeOf(error) ?? '') !== undefined

/** Whether the disk itself failed, or is gone: no setting or permission mends that. */
export const isFailing = (error: unknown): boolean => troubleOf(codeOf(error) ?? '') === FAILED

/**
 * What is wrong with a disk, and what to do.
 * @param place as the beginning of a sentence: `The storage folder`
 * @param outcome what did not happen, as a clause: `the file was not stored`
 * @returns a Fault `busy`; undefined when it is no error of a disk
 */
export function explainDiskError(error: unknown, place: string, outcome: string): Fault | undefined {
  const code = codeOf(error)
  const trouble = code === undefined ? undefined : troubleOf(code)
  return (
    trouble &&
    new Fault('busy', `${place} ${trouble.is} (${code}): ${outcome}. ${trouble.remedy}`, { retryAfter: trouble.retryAfter, cause: error })
  )
}

/**
 * For a start: which file can't be used, why, and what to do next.
 * @param what it is, as the beginning of a sentence: `The database`
 * @returns a sentence or two
 */
export function describeFileError(error: unknown, what: string, path: string): string {
  if (error instanceof NotAFile) return `${what} ${error.message}`
  const code = codeOf(error)
  const trouble = code === undefined ? undefined : troubleOf(code)
  if (trouble) return `${what} ${path} ${trouble.is} (${code}). ${trouble.remedy}`
  const reason = error instanceof Error ? error.message : String(error)
  return `${what} ${path} can't be used${code === undefined || reason.includes(code) ? '' : ` (${code})`}: ${reason}.`
}
