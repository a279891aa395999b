/** Interface through which the domain reports to the daemon's metrics. Calls are cheap and never throw. */
export interface Observer {
  /** A group commit of sequence values has reached the disk. */
  committed(values: number, milliseconds: number): void
  /** Number of values that wait for the writer. */
  queued(values: number): void
  /** Committed values were moved into compressed blocks, which happens beside commits. */
  sealed(milliseconds: number): void
  /** A group commit failed: nothing of it was stored. */
  commitFailed(): void
  /** Committed values could not be moved into blocks; they stay in the journal. */
  sealingFailed(): void
  /** Values were refused because the store has no room for them. */
  refused(values: number): void
  /** A block of values, a record of the journal, or the content of a file was found damaged. */
  damaged(what: 'block' | 'record' | 'content'): void
}

export const silentObserver: Observer = {
  committed: () => {},
  queued: () => {},
  sealed: () => {},
  commitFailed: () => {},
  sealingFailed: () => {},
  refused: () => {},
  damaged: () => {},
}
