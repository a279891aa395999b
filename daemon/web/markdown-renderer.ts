/**
 * Renders Markdown of people in a thread beside the main one, within limits of time and memory. Short plain texts, whose cost is that of
 * their length, are rendered in place; what was rendered lately, or was too costly, is remembered.
 */
import { createHash } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { workerUrl } from '../../src/base/worker-url.ts'
import { WorkerCalls } from '../../src/base/worker-calls.ts'
import type { Part } from '../parts.ts'
import type { MarkdownDone, MarkdownTask } from './markdown-worker.ts'

/** Characters of a text without any mark that the library looks for the other end of, or that makes much of little (tables, entities). */
const PLAIN_LENGTH = 1_000
const isPlain = (text: string): boolean => text.length <= PLAIN_LENGTH && !/[[*_~`<>|&\\]/.test(text)

/** How long a page waits for its text, the thread's start and texts before it included, in milliseconds. */
const TIME_MS = 3_000
const HEAP_MB = 128
/** How long the thread waits for more work, in milliseconds. */
const IDLE_MS = 30_000
const MAX_WAITING = 20
/** Of the texts that are remembered: their HTML in characters, and their number. */
const REMEMBERED_LENGTH = 1_000_000
const REMEMBERED = 500

export interface MarkdownText {
  /** At most MAX_MARKDOWN characters; more are not rendered. */
  readonly text: string
  /** Path of the folder that contains the text. */
  readonly folder: string
}

export interface RendererOptions {
  readonly timeMs?: number
}

interface Thread {
  readonly worker: Worker
  readonly calls: WorkerCalls<MarkdownTask, MarkdownDone, string>
}

export class MarkdownRenderer implements Part {
  readonly #timeMs: number
  #thread: Thread | undefined
  #idle: NodeJS.Timeout | undefined
  /** By a hash of text and folder, the oldest use first; undefined: it was too costly. */
  readonly #remembered = new Map<string, string | undefined>()
  #rememberedLength = 0

  constructor({ timeMs = TIME_MS }: RendererOptions = {}) {
    this.#timeMs = timeMs
  }

  /** Whether the thread runs. */
  get isRunning(): boolean {
    return this.#thread !== undefined
  }

  async start(): Promise<void> {
    // The thread starts with the first text that needs it.
  }

  async stop(): Promise<void> {
    await this.#end(new Error('the server is stopping'))
  }

  /** @returns HTML; undefined when the text takes too much time or memory, or much is waiting: it is to be shown as it is written */
  async render({ text, folder }: MarkdownText): Promise<string | undefined> {
    if (isPlain(text)) return (await import('./shared/markdown.ts')).renderMarkdown(text, { folder })
    const hash = createHash('sha256').update(`${folder}\0${text}`).digest('base64')
    if (this.#remembered.has(hash)) return this.#recall(hash)
    const thread = (this.#thread ??= this.#start())
    if (thread.calls.waiting >= MAX_WAITING) return undefined
    const isFirst = thread.calls.waiting === 0
    clearTimeout(this.#idle)
    const timer = setTimeout(() => void this.#end(new Error('a text took too long')), this.#timeMs)
    try {
      const html = await thread.calls.call({ text, folder })
      this.#remember(hash, html)
      return html
    } catch {
      // Of texts that waited behind it nothing is known.
      if (isFirst) this.#remember(hash, undefined)
      return undefined
    } finally {
      clearTimeout(timer)
      this.#rest()
    }
  }

  #start(): Thread {
    const worker = new Worker(workerUrl('../daemon/web/markdown-worker'), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 16 },
    })
    const forget = (): void => {
      if (this.#thread?.worker === worker) this.#thread = undefined
    }
    return { worker, calls: new WorkerCalls(worker, ({ html }: MarkdownDone) => html, forget) }
  }

  async #end(reason: Error): Promise<void> {
    clearTimeout(this.#idle)
    const thread = this.#thread
    this.#thread = undefined
    thread?.calls.end(reason)
    await thread?.worker.terminate()
  }

  #rest(): void {
    clearTimeout(this.#idle)
    if (this.#thread === undefined || this.#thread.calls.waiting > 0) return
    this.#idle = setTimeout(() => void this.#end(new Error('idle')), IDLE_MS)
    this.#idle.unref()
  }

  #recall(hash: string): string | undefined {
    const html = this.#remembered.get(hash)
    this.#remembered.delete(hash)
    this.#remembered.set(hash, html)
    return html
  }

  #remember(hash: string, html: string | undefined): void {
    if (this.#remembered.has(hash)) return
    this.#remembered.set(hash, html)
    this.#rememberedLength += html?.length ?? 0
    for (const [oldest, one] of this.#remembered) {
      if (this.#rememberedLength <= REMEMBERED_LENGTH && this.#remembered.size <= REMEMBERED) return
      this.#remembered.delete(oldest)
      this.#rememberedLength -= one?.length ?? 0
    }
  }
}
