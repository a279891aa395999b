/** Reads YAML of people: short texts in place, others in a thread beside the main one. What was read lately is remembered. */
import { Fault, invalid } from './fault.ts'
import { WrongAt, type YamlPath } from './lined-yaml.ts'
import { NotTaken, SideThread, TooCostly } from './side-thread.ts'
import { workerUrl } from './worker-url.ts'
import type { ItemsChange } from './yaml-items.ts'
import { workOnYaml, type YamlDone, type YamlTask, type YamlWork } from './yaml-work.ts'

/** Characters of a text that takes a few milliseconds at most, whatever it says. */
const SHORT = 1_000
const TIME_MS = 10_000
const HEAP_MB = 160
/** Of the texts that are remembered, in characters. */
const REMEMBERED_LENGTH = 300_000

/** Makes the error of a place; its line is found out once it is thrown. @param message without a full stop */
export type WrongPlace = (path: YamlPath, message: string) => Error

const wrong: WrongPlace = (path, message) => new WrongAt(path, message)

export interface YamlReaderOptions {
  readonly timeMs?: number
}

export class YamlReader {
  readonly #thread: SideThread<YamlTask, YamlDone>
  /** Contents by their texts, the oldest use first. */
  readonly #remembered = new Map<string, unknown>()
  #rememberedLength = 0

  constructor({ timeMs = TIME_MS }: YamlReaderOptions = {}) {
    this.#thread = new SideThread(workerUrl('base/yaml-worker'), { timeMs, heapMb: HEAP_MB })
  }

  /**
   * @param read makes something of what the text says, as plain values that it must not change (undefined for an empty text); what it
   *   throws of `wrong` becomes a Fault with its line
   * @throws Fault invalid, with the line; busy when much is being read
   */
  async read<T>(text: string, read: (content: unknown, wrong: WrongPlace) => T): Promise<T> {
    const content = this.#remembered.has(text) ? this.#recall(text) : await this.#work({ kind: 'content', text })
    this.#remember(text, content)
    try {
      return read(content, wrong)
    } catch (error) {
      if (!(error instanceof WrongAt)) throw error
      throw error.onLine((await this.#work({ kind: 'line', text, path: error.path })) as number)
    }
  }

  /** The text with other entries of a list. @throws Fault invalid where it is no YAML; busy */
  async changeItems(text: string, change: ItemsChange): Promise<string> {
    return (await this.#work({ kind: 'items', text, change })) as string
  }

  async stop(): Promise<void> {
    await this.#thread.stop()
  }

  async #work(work: YamlWork): Promise<unknown> {
    if (work.text.length <= SHORT && work.kind !== 'items') return workOnYaml(work)
    try {
      const { result, problem } = await this.#thread.run({ work })
      if (problem !== undefined) throw invalid(problem)
      return result
    } catch (error) {
      if (error instanceof TooCostly)
        throw invalid('The text takes too much time or memory to be read: make it shorter, or of fewer parts.')
      if (error instanceof NotTaken)
        throw new Fault('busy', 'Many long texts are being read already. Try again in a moment.', { retryAfter: 5 })
      throw error
    }
  }

  #recall(text: string): unknown {
    const content = this.#remembered.get(text)
    this.#remembered.delete(text)
    this.#rememberedLength -= text.length
    return content
  }

  #remember(text: string, content: unknown): void {
    if (this.#remembered.has(text)) return
    this.#remembered.set(text, content)
    this.#rememberedLength += text.length
    for (const [oldest] of this.#remembered) {
      if (this.#rememberedLength <= REMEMBERED_LENGTH) return
      this.#remembered.delete(oldest)
      this.#rememberedLength -= oldest.length
    }
  }
}
