/** What a note may say, and when it may be. */
import { invalid } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import type { Micros } from '../base/time.ts'

/** Maximum length of a note's text, in characters. */
export const MAX_NOTE_LENGTH = 2_000
/** Maximum number of tags of a note, and of characters in one. */
export const MAX_TAGS = 10
export const MAX_TAG_LENGTH = 40

/** @throws Fault invalid for text that is empty, too long, or no text */
export function requireNoteText(text: unknown): string {
  if (typeof text !== 'string') throw invalid(text === undefined ? 'text is missing: what the note says.' : 'text must be text.')
  const trimmed = text.trim().toWellFormed()
  if (trimmed === '') throw invalid('text is empty: write what the note says.')
  if (trimmed.length > MAX_NOTE_LENGTH) throw invalid(`text is longer than ${MAX_NOTE_LENGTH} characters. Put a long report into a file.`)
  return trimmed
}

/**
 * Tags from a list, or from text with commas; each once, without blanks around it.
 * @throws Fault invalid naming what is wrong with them
 */
export function requireTags(tags: unknown): string[] {
  const list: unknown[] = typeof tags === 'string' ? tags.split(',') : Array.isArray(tags) ? tags : refuseTags(tags)
  const clean = list.map((tag) => (typeof tag === 'string' ? tag.trim().toWellFormed() : refuseTags(tag))).filter((tag) => tag !== '')
  const long = clean.find((tag) => tag.length > MAX_TAG_LENGTH)
  if (long !== undefined) throw invalid(`tags: ${JSON.stringify(long)} is longer than ${MAX_TAG_LENGTH} characters.`)
  const distinct = [...new Set(clean)]
  if (distinct.length > MAX_TAGS) throw invalid(`tags: a note has at most ${MAX_TAGS} tags, not ${distinct.length}.`)
  return distinct
}

function refuseTags(found: unknown): never {
  const what = isObject(found) ? 'an object' : JSON.stringify(found)
  throw invalid(`tags must be a list of texts, or text with commas, found ${what}.`)
}

/** @throws Fault invalid for a stretch that ends before it begins */
export function requireStretch(start: Micros, end: Micros | null): void {
  if (end !== null && end < start) throw invalid('end_timestamp is before start_timestamp.')
}
