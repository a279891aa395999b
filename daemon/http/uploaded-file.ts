/** A file of a multipart form. */
import type { UploadedContent } from '../../src/content/content.ts'
import type { StoredContent } from '../../src/storage/bulk-storage.ts'

/** A file of a form, already in bulk storage. If no verb takes it, it is deleted when the request has been answered. */
export class UploadedFile implements UploadedContent {
  readonly name: string
  readonly content: StoredContent
  #isTaken = false

  constructor(name: string, content: StoredContent) {
    this.name = name
    this.content = content
  }

  get isTaken(): boolean {
    return this.#isTaken
  }
  take(): void {
    this.#isTaken = true
  }
}
