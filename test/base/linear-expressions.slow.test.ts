/**
 * No regular expression of the sources takes time that grows with the square of a text: each is tried on repetitions of what it is made
 * of, with an end that it does not fit. Told apart by the time of the processor: 100 times as much text takes 100 or 10,000 times as long.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSync, Visitor } from 'oxc-parser'
import { listFiles, readSource } from '../support/sources.ts'

/** What texts are made of that people, devices and attackers send. */
const COMMON = [...'aA1 \t\n\r,.-_/"\'\\={}[]()<>&;:#*+eT@%$|`~!?é', '\u0301', '\u{1f600}', '\u200b']
const ENDS = ['\u0000', '\nb!']
/** A first look at short texts finds those worth a closer one, in characters. */
const [SHORT, LONG] = [2_000, 40_000]
/** Milliseconds of the processor: what is linear takes less than 3 with the long text, what is not takes 100 at least. */
const [SUSPICIOUS, TOO_LONG] = [0.5, 40]

/** Expressions whose texts are bounded before, by what they begin with, and why that is enough. */
const BOUNDED: readonly [beginning: string, why: string][] = [
  [String.raw`/\s*\((?:LGR|SEN)`, 'headers of columns are cut at 300 characters'],
  [String.raw`/\s*\(?S\/N`, 'headers of columns are cut at 300 characters'],
  [String.raw`/\s*\((?=[^)]*\d{5})`, 'headers of columns are cut at 300 characters'],
  [String.raw`/^(.*?)\s*[([{]`, 'headers of columns are cut at 300 characters'],
  [String.raw`/^(.*?)(\s*[,/;:]\s*|`, 'headers of columns are cut at 300 characters'],
  [String.raw`/(?:\(|at |file:`, "it reads the stack of an error of the lab's own extension"],
]

function expressionsOf(path: string): string[] {
  const found: string[] = []
  const visitor = new Visitor({
    Literal: (node) => {
      if ('regex' in node && node.raw !== null) found.push(node.raw)
    },
  })
  visitor.visit(parseSync(path, readSource(path)).program)
  return found
}

function compile(literal: string): RegExp {
  const end = literal.lastIndexOf('/')
  return new RegExp(literal.slice(1, end), literal.slice(end + 1))
}

function wallTime(expression: RegExp, text: string): number {
  const from = performance.now()
  if (expression.global) text.replace(expression, '')
  else expression.exec(text)
  expression.lastIndex = 0
  return performance.now() - from
}

/** The shortest of three, in ms: whatever else the machine does is left out. */
function processorTime(expression: RegExp, text: string): number {
  const times = [1, 2, 3].map(() => {
    const from = process.cpuUsage()
    wallTime(expression, text)
    return process.cpuUsage(from).user / 1000
  })
  return Math.min(...times)
}

const fill = (unit: string, length: number): string => unit.repeat(Math.ceil(length / unit.length))

/** What takes the longest of all repetitions; undefined when none takes long. */
function worstOf(literal: string): string | undefined {
  const expression = compile(literal)
  const own = [...new Set([...literal].filter((one) => /[^\\^$.|?*+()[\]{}]/.test(one)).slice(0, 12))]
  const words: string[] = literal.match(/[A-Za-z]{2,}/g) ?? []
  const singles = ['a', '1', ' ', '\n', ...own, ...COMMON.filter((one) => literal.includes(one)).slice(0, 8)]
  const units = new Set([...COMMON, ...singles, ...words, ...singles.flatMap((one) => singles.map((other) => one + other))])
  let worst: { time: number; make: (length: number) => string } = { time: SUSPICIOUS, make: () => '' }
  for (const unit of units)
    for (const start of ['', 'a', '1', '"', '<', '/', '[', ...words.slice(0, 2)])
      for (const end of ENDS) {
        const make = (length: number): string => start + fill(unit, length) + end
        const time = wallTime(expression, make(SHORT))
        if (time > worst.time && wallTime(expression, make(SHORT)) > SUSPICIOUS) worst = { time, make }
      }
  const long = worst.make(LONG)
  return processorTime(expression, long) > TOO_LONG ? JSON.stringify(worst.make(20)) : undefined
}

test('an expression that goes back over a text for each of its characters is told from one that does not', () => {
  assert.notEqual(worstOf(String.raw`/\/+$/`), undefined)
  assert.notEqual(worstOf(String.raw`/^\d+\.?\d*$/`), undefined)
  assert.equal(worstOf(String.raw`/(?<!\/)\/+$/`), undefined)
})

test("every expression of the sources takes time that grows with the text's length alone", () => {
  const literals = new Map<string, string>()
  for (const path of ['src', 'daemon', 'commands'].flatMap((folder) => listFiles(folder)))
    for (const literal of expressionsOf(path))
      literals.set(literal, [literals.get(literal), path].filter((one) => one !== undefined).join(', '))
  assert.ok(literals.size > 300)
  const slow = [...literals]
    .filter(([literal]) => /[+*]|\{\d/.test(literal) && !BOUNDED.some(([beginning]) => literal.startsWith(beginning)))
    .flatMap(([literal, path]) => {
      const worst = worstOf(literal)
      return worst === undefined ? [] : [`${path}: ${literal} with ${worst}`]
    })
  assert.deepEqual(slow, [])
  for (const [beginning] of BOUNDED)
    assert.ok(
      [...literals.keys()].some((literal) => literal.startsWith(beginning)),
      beginning,
    )
})
