/** How far an import has come, in a file beside the new database: a header, then the id of each resource that is complete. */
import { appendFileSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { conflict } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import { readTextNow } from '../base/regular-files.ts'

export class ProgressRecord {
  readonly #file: string
  readonly #done = new Set<number>()
  /** Whether an import began before, and did not end. */
  readonly isResumed: boolean

  /** @throws Fault conflict when another source was being imported there */
  constructor(databaseFile: string, source: string) {
    this.#file = `${databaseFile}.moving`
    this.isResumed = existsSync(this.#file)
    if (!this.isResumed) return
    const [first = '', ...lines] = readTextNow(this.#file).split('\n')
    const begun = sourceOf(first)
    if (begun !== source)
      throw conflict(
        `${databaseFile} holds a part of ${begun ?? 'another import'}. Import that to its end, or begin again: remove the database and ` +
          `${this.#file}.`,
      )
    // The last line may be torn: it is empty after a whole one.
    for (const line of lines.slice(0, -1)) this.#done.add(Number(line))
  }

  /** From the beginning, whatever was done before. */
  begin(source: string): void {
    this.#done.clear()
    writeFileSync(this.#file, `${JSON.stringify({ source })}\n`)
  }
  isDone(id: number): boolean {
    return this.#done.has(id)
  }
  note(id: number): void {
    appendFileSync(this.#file, `${id}\n`)
  }
  end(): void {
    rmSync(this.#file, { force: true })
  }
}

function sourceOf(header: string): string | undefined {
  try {
    const content: unknown = JSON.parse(header)
    return isObject(content) && typeof content['source'] === 'string' ? content['source'] : undefined
  } catch {
    return undefined
  }
}
