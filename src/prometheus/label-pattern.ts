/**
 * Regular expressions on labels, as Prometheus takes them (RE2, anchored at both ends): what Grafana's variables and people need of them.
 * They come from callers, so they are followed all ways at once, which takes time in proportion to the text, never more.
 */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'

const MAX_PATTERN = 10_000
/** Each state costs a look for each character of each label. */
const MAX_STATES = 20_000
const MAX_DEPTH = 50
/**
 * States, and parts of classes, looked at for the labels of one sequence, some 10 ms: only patterns that are many at each character
 * come near, such as a thousand `a?`.
 */
const MAX_LOOKS = 100_000

type Test = (character: string) => boolean
interface State {
  readonly test?: Test
  /** Looks that the test takes, where it is more than one. */
  readonly cost?: number
  readonly next: number[]
}

/** How many looks all patterns together may still take, such as those for one sequence. */
export interface Looks {
  left: number
}
export const newLooks = (): Looks => ({ left: MAX_LOOKS })

/** @throws Fault invalid naming what of it is not understood; the function too, for a label that would take too many looks */
export function labelPattern(pattern: string): (text: string, looks?: Looks) => boolean {
  if (pattern.length > MAX_PATTERN) throw invalid(`The regular expression is longer than ${MAX_PATTERN} characters.`)
  const { states, start, end } = new Builder([...pattern], pattern).build()
  return (text, looks = newLooks()) => {
    const found = matches(states, start, end, text, looks)
    if (found === undefined)
      throw invalid(`The regular expression ${quote(pattern)} can go on in too many ways: write it with fewer of *, + and ?.`)
    return found
  }
}

/** @returns undefined when that would take more looks than are left */
function matches(states: readonly State[], start: number, end: number, text: string, looks: Looks): boolean | undefined {
  let now = closure(states, [start])
  looks.left -= now.size
  for (const character of text) {
    const then: number[] = []
    for (const at of now) {
      const state = states[at]
      looks.left -= (state?.cost ?? 1) - 1
      if (looks.left < 0) return undefined
      if (state?.test?.(character)) then.push(...state.next)
    }
    if (then.length === 0) return false
    now = closure(states, then)
    looks.left -= now.size
    if (looks.left < 0) return undefined
  }
  return now.has(end)
}

/** With all states that are reached without a character. */
function closure(states: readonly State[], from: readonly number[]): Set<number> {
  const found = new Set<number>()
  const waiting = [...from]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (found.has(at)) continue
    found.add(at)
    const state = states[at]
    if (state && !state.test) waiting.push(...state.next)
  }
  return found
}

/** Makes states while it reads: each part is built by a function of the state that follows it. */
type Part = (next: number) => number

class Builder {
  readonly #characters: readonly string[]
  readonly #pattern: string
  readonly #states: State[] = [{ next: [] }]
  #at = 0
  #depth = 0

  constructor(characters: readonly string[], pattern: string) {
    this.#characters = characters
    this.#pattern = pattern
  }

  build(): { states: readonly State[]; start: number; end: number } {
    const whole = this.#alternatives()
    if (this.#at < this.#characters.length) throw this.#refuse('a ")" without its "("')
    return { states: this.#states, start: whole(0), end: 0 }
  }

  #add(state: State): number {
    if (this.#states.length >= MAX_STATES) throw this.#refuse('too much')
    return this.#states.push(state) - 1
  }

  #alternatives(): Part {
    if (++this.#depth > MAX_DEPTH) throw this.#refuse(`more than ${MAX_DEPTH} parentheses in each other`)
    const parts = [this.#row()]
    while (this.#characters[this.#at] === '|') {
      this.#at++
      parts.push(this.#row())
    }
    this.#depth--
    const [only] = parts
    return only && parts.length === 1 ? only : (next) => this.#add({ next: parts.map((part) => part(next)) })
  }

  #row(): Part {
    const parts: Part[] = []
    for (let one = this.#peek(); one !== undefined && one !== '|' && one !== ')'; one = this.#peek()) parts.push(this.#repeated())
    return (next) => parts.reduceRight((after, part) => part(after), next)
  }

  #peek(): string | undefined {
    return this.#characters[this.#at]
  }

  #repeated(): Part {
    const part = this.#single()
    const how = this.#peek()
    if (how === '{') throw this.#refuse('counted repetitions, as {2}')
    if (how !== '*' && how !== '+' && how !== '?') return part
    this.#at++
    // Whether it is lazy decides what is captured, which nobody asks here.
    if (this.#peek() === '?') this.#at++
    if (/^[*+?]$/.test(this.#peek() ?? '')) throw this.#refuse('a repetition of a repetition')
    if (how === '?') return (next) => this.#add({ next: [part(next), next] })
    return (next) => {
      const again: number[] = []
      const loop = this.#add({ next: again })
      const inner = part(loop)
      again.push(inner, next)
      return how === '*' ? loop : inner
    }
  }

  #single(): Part {
    const character = this.#characters[this.#at++] ?? ''
    if (character === '^' || character === '$') return (next) => next
    if (character === '(') {
      if (this.#peek() === '?') {
        if (this.#characters[this.#at + 1] !== ':') throw this.#refuse('groups with (?')
        this.#at += 2
      }
      const inner = this.#alternatives()
      if (this.#characters[this.#at++] !== ')') throw this.#refuse('a "(" without its ")"')
      return inner
    }
    if (/^[*+?{]$/.test(character)) throw this.#refuse(`"${character}" with nothing before it`)
    const from = this.#at
    const test = character === '[' ? this.#class() : character === '\\' ? this.#escaped() : testOf(character)
    const cost = Math.max(1, this.#at - from)
    return (next) => this.#add({ test, cost, next: [next] })
  }

  #escaped(): Test {
    const character = this.#characters[this.#at++]
    if (character === undefined) throw this.#refuse('a "\\" at its end')
    const known = CLASSES[character]
    if (known) return known
    if (/^[a-z0-9]$/i.test(character)) throw this.#refuse(`"\\${character}"`)
    return (one) => one === character
  }

  #class(): Test {
    const isNegated = this.#peek() === '^'
    if (isNegated) this.#at++
    const tests: Test[] = []
    for (let isFirst = true; ; isFirst = false) {
      const one = this.#characters[this.#at++]
      if (one === undefined) throw this.#refuse('a "[" without its "]"')
      if (one === ']' && !isFirst) break
      if (one === '\\') tests.push(this.#escaped())
      else if (this.#peek() === '-' && this.#characters[this.#at + 1] !== ']') {
        const last = this.#characters[this.#at + 1] ?? ''
        this.#at += 2
        tests.push((character) => character >= one && character <= last)
      } else tests.push((character) => character === one)
    }
    return (character) => tests.some((test) => test(character)) !== isNegated
  }

  #refuse(what: string): Error {
    return invalid(`The regular expression ${quote(this.#pattern)} has ${what}, which is not understood here.`)
  }
}

const CLASSES: Readonly<Record<string, Test>> = {
  d: (one) => /\d/.test(one),
  D: (one) => /\D/.test(one),
  w: (one) => /\w/.test(one),
  W: (one) => /\W/.test(one),
  s: (one) => /\s/.test(one),
  S: (one) => /\S/.test(one),
}

const testOf = (character: string): Test => (character === '.' ? () => true : (one) => one === character)
