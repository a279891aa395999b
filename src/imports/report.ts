/** Counts what became of each value of an import. */
import type { BadRow } from '../tables/rows.ts'
import type { ValueColumn } from '../tables/value-columns.ts'
import type { ImportedSequence, RefusedRow } from '../wire/answers.ts'
import type { Target } from './targets.ts'

export interface Counts {
  stored: number
  repeated: number
  replaced: number
  missing: number
  refused: number
  expired: number
}

type Reported = Pick<Target, 'path' | 'units'> & { readonly isNew: boolean; readonly column: ValueColumn | undefined }

/** Refusals that are told one by one; the others are counted. */
const MAX_ERRORS = 100

export class Report {
  readonly #targets: readonly Reported[]
  readonly #counts: readonly Counts[]
  readonly errors: RefusedRow[] = []
  refused = 0
  duplicates = 0

  constructor(targets: readonly Reported[]) {
    this.#targets = targets
    this.#counts = targets.map(() => ({ stored: 0, repeated: 0, replaced: 0, missing: 0, refused: 0, expired: 0 }))
  }

  /** Of the target at a place of the list. */
  counts(target: number): Counts {
    const counts = this.#counts[target]
    if (!counts) throw new RangeError(`there is no target ${target}`)
    return counts
  }

  refuse({ line, text, message }: BadRow): void {
    this.refused++
    if (this.errors.length < MAX_ERRORS) this.errors.push({ line, text: text.slice(0, 200), message: `${message}.` })
  }

  sequences(): ImportedSequence[] {
    return this.#targets.map(({ path, isNew, column, units }, at) => ({
      path,
      is_new: isNew,
      column: column?.header ?? '',
      units: units ?? null,
      ...this.counts(at),
    }))
  }

  warnings(): string[] {
    return this.#targets.flatMap(({ path }, at) => {
      const { expired } = this.counts(at)
      if (expired === 0) return []
      const values = expired === 1 ? '1 value is' : `${expired} values are`
      return [`${values} older than the max_age of ${path}, and so not kept. To keep them, raise it first.`]
    })
  }
}
