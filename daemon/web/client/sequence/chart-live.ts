/** What a chart hears while it is open: values of its sequences, gathered for a moment. */
import type { Move } from '../../shared/moved-paths.ts'
import { listen, listenToValues, type ValueMessage } from '../live.ts'
import { moveOf } from './moves.ts'
import { folderOf } from './newest.ts'

/** Values that arrive within this many milliseconds are shown together, since a controller may send hundreds a second. */
const BATCH_MS = 150

export interface LiveEvents {
  onValues: (values: readonly ValueMessage[]) => void
  /** Messages are received again after a loss. */
  onGap: () => void
  /** Values of a sequence were removed, or are read otherwise. */
  onRemoved: (path: string) => void
  onMoved: (move: Move) => void
}

export class ChartLive {
  readonly #events: LiveEvents
  readonly #heard = new Set<string>()
  #waiting: ValueMessage[] = []

  constructor(events: LiveEvents) {
    this.#events = events
  }

  /** Listens to the folders of sequences from now on. */
  hear(paths: readonly string[]): void {
    for (const folder of new Set(paths.map(folderOf))) {
      if (this.#heard.has(folder)) continue
      this.#heard.add(folder)
      listenToValues({
        folder,
        onValue: (value) => {
          if (this.#waiting.length === 0) setTimeout(() => this.#events.onValues(this.#waiting.splice(0)), BATCH_MS)
          this.#waiting.push(value)
        },
        onGap: () => this.#events.onGap(),
      })
      listen({ folder, type: 'values_removed', onMessage: ({ parameters }) => this.#events.onRemoved(String(parameters['name'])) })
      listen({ folder, type: 'resource_moved', onMessage: ({ parameters }) => this.#events.onMoved(moveOf(parameters)) })
    }
  }
}
