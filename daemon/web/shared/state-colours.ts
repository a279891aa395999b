/** A colour for each state: the same text has the same one everywhere. */

const QUIET = new Set(['0', 'false', 'off', 'closed', 'no', 'idle', 'ok', 'inactive', 'down'])
const BUSY = new Set(['1', 'true', 'on', 'open', 'yes', 'running', 'active', 'up'])
const WRONG = new Set(['error', 'fault', 'failed', 'alarm', 'offline', 'critical'])
const COLOURS = 7

/** `quiet`, `busy` or `wrong` for words that devices use; otherwise `series-2` to `series-8`. */
export function colourOfState(text: string): string {
  const word = text.trim().toLowerCase()
  if (QUIET.has(word)) return 'quiet'
  if (BUSY.has(word)) return 'busy'
  if (WRONG.has(word)) return 'wrong'
  let hash = 0
  for (const character of word) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0
  return `series-${(hash % COLOURS) + 2}`
}
