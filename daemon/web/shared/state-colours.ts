/** A colour for each state: the same text has the same one everywhere, unless it stands beside another of that colour. */

const QUIET = new Set(['0', 'false', 'off', 'closed', 'no', 'idle', 'ok', 'inactive', 'down'])
const BUSY = new Set(['1', 'true', 'on', 'open', 'yes', 'running', 'active', 'up'])
const WRONG = new Set(['error', 'fault', 'failed', 'alarm', 'offline', 'critical'])
/** Of those that a text picks by itself; a chart has {@link ALL_COLOURS}. */
const COLOURS = 7
const ALL_COLOURS = 12

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

/** Colours of the states of one sequence, in whatever order they come: those of {@link colourOfState}, others where two would be alike. */
export function coloursOfStates(texts: Iterable<string>): ReadonlyMap<string, string> {
  const colours = new Map<string, string>()
  const taken = new Set<string>()
  for (const text of [...new Set(texts)].sort()) {
    const wanted = colourOfState(text)
    const spare = Array.from({ length: ALL_COLOURS }, (_, at) => `series-${at + 1}`).find((one) => !taken.has(one))
    const colour = taken.has(wanted) ? (spare ?? wanted) : wanted
    taken.add(colour)
    colours.set(text, colour)
  }
  return colours
}
