/** Whether a Sparkplug node has to tell its metrics again: its birth was not heard, or messages of it were lost. */
import { MINUTE, type Micros } from '../../base/time.ts'
import type { Memory } from '../memory.ts'

/** A node is asked no more often. */
const PAUSE = MINUTE
/** Messages of a node are numbered from 0 to 255, and from 0 again. */
const NUMBERS = 256

interface Node {
  /** Its birth was heard since the server started. */
  isBorn: boolean
  /** Number of the newest message. */
  last: number | undefined
  asked: Micros | undefined
  /** Number of the message because of which it was asked: the same one may be read again while its sequences are made. */
  askedAt: number | undefined
}

/**
 * Follows the messages of a node.
 * @param kind `NBIRTH`, `NDATA`, `DBIRTH`, `DDATA` or `DDEATH`
 * @param given its number; undefined: it has none, or it is 0, which some encoders leave out
 * @param isLost whether it has metrics that nobody knows
 * @returns whether to ask it for a rebirth
 */
export function needsRebirth(
  memory: Memory,
  node: string,
  { kind, seq: given, isLost, now }: { kind: string; seq: number | undefined; isLost: boolean; now: Micros },
): boolean {
  const key = `node ${node}`
  const known = memory.get(key)
  const state: Node = isNode(known) ? known : { isBorn: false, last: undefined, asked: undefined, askedAt: undefined }
  const { last } = state
  const seq = given ?? (kind === 'NBIRTH' || last === NUMBERS - 1 ? 0 : undefined)
  state.last = seq ?? last
  memory.set(key, state)
  if (kind === 'NBIRTH') {
    state.isBorn = true
    state.askedAt = undefined
    return false
  }
  if (seq !== undefined && seq === state.askedAt && seq === last) return true
  const hasGap = seq !== undefined && last !== undefined && seq !== last && seq !== (last + 1) % NUMBERS
  if (state.isBorn && !hasGap && !isLost) return false
  if (state.asked !== undefined && now - state.asked < PAUSE && now >= state.asked) return false
  state.asked = now
  state.askedAt = seq
  return true
}

const isNode = (known: unknown): known is Node => typeof known === 'object' && known !== null && 'isBorn' in known
