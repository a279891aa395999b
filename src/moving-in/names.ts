/** Names that the original allowed, and that can't stay. */
import { MAX_NAME_BYTES, nameProblem } from '../base/path.ts'
import { isReservedRootName } from '../tree/root-names.ts'

/** @returns a name that a resource may have, the given one if it may; and what was wrong with it, as the end of a sentence */
export function fitName(name: string, id: number, isRoot: boolean): { name: string; problem: string | undefined } {
  const problem = nameProblem(name)
  if (problem !== undefined) {
    const parts = name
      .toWellFormed()
      .normalize('NFC')
      .replaceAll(/[\u0000-\u001f\u007f-\u009f/\\\u2028\u2029]/g, '_')
      .trim()
    const short = shorten(parts, MAX_NAME_BYTES)
    return { name: nameProblem(short) === undefined ? short : `unnamed~${id}`, problem }
  }
  if (isRoot && isReservedRootName(name)) return { name: `${name}~${id}`, problem: 'is an address of the server itself' }
  return { name, problem: undefined }
}

/** A name that is not among `taken`, made of one that is, as the original's own tool makes it. */
export function freeName(name: string, id: number, taken: ReadonlySet<string>): string {
  for (let at = 0; ; at++) {
    const ending = at === 0 ? `~${id}` : `~${id}~${at}`
    const candidate = shorten(name, MAX_NAME_BYTES - ending.length).trim() + ending
    if (!taken.has(candidate)) return candidate
  }
}

/** Cut between characters. */
function shorten(name: string, bytes: number): string {
  if (Buffer.byteLength(name) <= bytes) return name
  const characters = [...name]
  while (Buffer.byteLength(characters.join('')) > bytes) characters.pop()
  return characters.join('').trim()
}
