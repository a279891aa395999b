/** The thread that renders Markdown: a text may be made so that this takes long, which must hold up nobody else. */
import { parentPort } from 'node:worker_threads'
import { renderMarkdown } from './shared/markdown.ts'

export interface MarkdownTask {
  readonly id: number
  readonly text: string
  /** Path of the folder that contains the text. */
  readonly folder: string
}

export interface MarkdownDone {
  readonly id: number
  readonly html: string
}

parentPort?.on('message', ({ id, text, folder }: MarkdownTask) => {
  parentPort?.postMessage({ id, html: renderMarkdown(text, { folder }) } satisfies MarkdownDone)
})
