/** Interface through which the domain reports to the daemon's metrics. Calls are cheap and never throw. */
export interface Observer {
  /** A group commit of sequence values has reached the disk. */
  committed(values: number, milliseconds: number): void
  /** Number of values that wait for the writer. */
  queued(values: number): void
  /** Committed values were moved into compressed blocks, which happens beside commits. */
  sealed(milliseconds: number): void
}

export const silentObserver: Observer = { committed: () => {}, queued: () => {}, sealed: () => {} }
