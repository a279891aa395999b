/** A controller's state in words: the same on the server and in the browser. */

/** The fields of a controller's status that are needed here; see src/wire/answers.ts. */
export interface StateFields {
  readonly connected: boolean
  /** null: neither a watchdog nor an alert watches it. */
  readonly silent: boolean | null
  readonly last_heard_timestamp: string | null
  /** null: it was never connected, so that what was heard came in requests. */
  readonly last_connect_timestamp: string | null
}

export interface StateWords {
  readonly tone: 'success' | 'danger' | 'none'
  readonly text: string
}

export function wordsOf({ connected, silent, last_heard_timestamp: heard, last_connect_timestamp: connect }: StateFields): StateWords {
  if (silent === true) return { tone: 'danger', text: connected ? 'Connected, but silent' : 'Silent' }
  if (connected) return { tone: 'success', text: 'Connected' }
  return { tone: 'none', text: heard === null ? 'Never heard' : connect === null ? 'Sends by HTTP' : 'Not connected' }
}

/** `12.5 seconds ahead`: how far a clock is off, given what is to be added to its times. @param correction seconds */
export function describeOffset(correction: number): string {
  const size = Math.abs(correction)
  const [count, unit] =
    size >= 86_400
      ? [size / 86_400, 'day']
      : size >= 3_600
        ? [size / 3_600, 'hour']
        : size >= 60
          ? [size / 60, 'minute']
          : [Math.round(size), 'second']
  // Tenths, where they say something.
  const shown = Number(count.toFixed(count < 100 ? 1 : 0))
  return `${shown.toLocaleString('en')} ${unit}${shown === 1 ? '' : 's'} ${correction > 0 ? 'behind' : 'ahead'}`
}
