/**
 * Renders Markdown of people in a thread beside the main one, within limits of time and memory. Short plain texts, whose cost is that of
 * their length, are rendered in place; what was rendered lately, or was too costly, is remembered.
 */
import { createHash } from 'node:crypto'
import { SideThread, TooCostly } from '../../src/base/side-thread.ts'
import { workerUrl } from '../../src/base/worker-url.ts'
import type { Part } from '../parts.ts'
import type { MarkdownDone, MarkdownTask } from './markdown-worker.ts'

/** Characters of a text without any mark that the library looks for the other end of, or that makes much of little (tables, entities). */
const PLAIN_LENGTH = 1_000
const isPlain = (text: string): boolean => text.length <= PLAIN_LENGTH && !/[[*_~`<>|&\\]/.test(text)

/** How long a page waits for the turn of its text, and then for the text, in milliseconds. */
const TIME_MS = 3_000
const HEAP_MB = 128
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

export class MarkdownRenderer implements Part {
  readonly #thread: SideThread<MarkdownTask, MarkdownDone>
  /** By a hash of text and folder, the oldest use first; undefined: it was too costly. */
  readonly #remembered = new Map<string, string | undefined>()
  #rememberedLength = 0

  constructor({ timeMs = TIME_MS }: RendererOptions = {}) {
    this.#thread = new SideThread(workerUrl('../daemon/web/markdown-worker'), { timeMs, heapMb: HEAP_MB })
  }

  /** Whether the thread runs. */
  get isRunning(): boolean {
    return this.#thread.isRunning
  }

  async start(): Promise<void> {
    // The thread starts with the first text that needs it.
  }

  async stop(): Promise<void> {
    await this.#thread.stop()
  }

  /** @returns HTML; undefined when the text takes too much time or memory, or much is waiting: it is to be shown as it is written */
  async render({ text, folder }: MarkdownText): Promise<string | undefined> {
    if (isPlain(text)) return (await import('./shared/markdown.ts')).renderMarkdown(text, { folder })
    const hash = createHash('sha256').update(`${folder}\0${text}`).digest('base64')
    if (this.#remembered.has(hash)) return this.#recall(hash)
    try {
      const { html } = await this.#thread.run({ text, folder })
      this.#remember(hash, html)
      return html
    } catch (error) {
      // Of texts whose turn did not come nothing is known.
      if (error instanceof TooCostly) this.#remember(hash, undefined)
      return undefined
    }
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
