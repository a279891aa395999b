/** Exit codes of commands, and the sentences that they print for errors. */
import { Fault } from '../../src/base/fault.ts'
import type { FaultCode } from '../../src/base/fault.ts'
import { Unreachable } from '../../src/client/unreachable.ts'

/** Exit codes that scripts may rely on; listed in the README and in docs/cli.md. */
export const EXIT = { done: 0, failed: 1, usage: 2, notAllowed: 3, notFound: 4, unreachable: 5 } as const

const OF_FAULT: Record<FaultCode, number> = {
  invalid: EXIT.usage,
  unauthenticated: EXIT.notAllowed,
  forbidden: EXIT.notAllowed,
  not_found: EXIT.notFound,
  conflict: EXIT.failed,
  too_large: EXIT.failed,
  throttled: EXIT.failed,
  busy: EXIT.unreachable,
  internal: EXIT.failed,
}

export const exitCodeOf = (error: unknown): number => (error instanceof Fault ? OF_FAULT[error.code] : EXIT.failed)

/** Part of the work failed and was reported on stderr already; only the exit code is left to set. */
export class PartlyFailed extends Error {}

/** The sentence for stderr. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Unreachable || error instanceof Fault) return error.message
  if (!(error instanceof Error)) return String(error)
  // Inquirer's error for Ctrl-C at a question.
  if (error.name === 'ExitPromptError') return 'Cancelled.'
  const { code, path, syscall } = error as NodeJS.ErrnoException
  if (syscall === 'uv_cwd') return 'The current folder is gone: change to one that is there.'
  const reason = code === undefined ? undefined : FILE_REASONS[code]
  if (reason !== undefined && path !== undefined) return `${path}: ${reason}`
  return error.message
}

const FILE_REASONS: Record<string, string> = {
  ENOENT: 'no such file or folder',
  EACCES: 'not allowed to open it',
  EPERM: 'not allowed',
  EISDIR: 'is a folder',
  ENOTDIR: 'part of the path is not a folder',
  EEXIST: 'exists already',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
}
