/** What the domain tells whoever counts (the daemon's metrics). Calls are cheap and never throw. */
export interface Observer {
  /** A group commit of sequence values has reached the disk. */
  committed(values: number, milliseconds: number): void
  /** Values that wait for the writer. */
  queued(values: number): void
  /** Committed values have been moved into compressed blocks, beside commits. */
  sealed(milliseconds: number): void
}

export const silentObserver: Observer = { committed: () => {}, queued: () => {}, sealed: () => {} }
