/** docs/cli.md tells the truth: it lists the commands and options that there are, and no document names others. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { buildProgram } from '../../commands/main.ts'
import { codeLines, listDocuments, readDocument } from '../support/documents.ts'

const program = await buildProgram(() => true)

/** All commands that do something, by their words: those without subcommands, and those with options of their own. */
function* leavesOf(command: CommandUnknownOpts, words: readonly string[] = []): Generator<{ words: string; command: CommandUnknownOpts }> {
  if (command.commands.length === 0 || (words.length > 0 && command.options.length > 0)) yield { words: words.join(' '), command }
  for (const sub of command.commands) yield* leavesOf(sub, [...words, sub.name()])
}

const longOptions = (command: CommandUnknownOpts): string[] => command.options.flatMap(({ long }) => (long ? [long] : [])).sort()

test('the list of commands has each command with its arguments and options', () => {
  const list = /^## All commands$[^]*/m.exec(readDocument('docs/cli.md'))?.[0] ?? ''
  const rows = [...list.matchAll(/^\| `([^`]+)` \|(.*?)\| .+ \|$/gm)].map(([, usage = '', options = '']) => ({
    usage,
    options: (options.match(/--[\w-]+/g) ?? []).sort(),
  }))
  const expected = [...leavesOf(program)].map(({ words, command }) => {
    const args = command.registeredArguments.map((argument) => {
      const name = `${argument.name().toUpperCase()}${argument.variadic ? '…' : ''}`
      return argument.required ? ` ${name}` : ` [${name}]`
    })
    return { usage: words + args.join(''), options: longOptions(command) }
  })
  assert.ok(expected.length > 50, `${expected.length} commands`)
  assert.deepEqual(
    rows.toSorted((a, b) => (a.usage < b.usage ? -1 : 1)),
    expected.toSorted((a, b) => (a.usage < b.usage ? -1 : 1)),
  )
  for (const option of longOptions(program)) assert.ok(list.includes(`${option}\``), option)
})

/** What is wrong with the words after `rhizo`; undefined when there is such a command with such options. */
function problemOf(words: readonly string[]): string | undefined {
  let command = program
  let at = words[0] === 'help' ? 1 : 0
  for (; command.commands.length > 0 && /^[a-z][a-z-]*$/.test(words[at] ?? ''); at++) {
    const sub = command.commands.find((candidate) => candidate.name() === words[at])
    if (!sub) return `no command ${words[at]}`
    command = sub
  }
  const known = [...program.options, ...command.options].flatMap(({ short, long }) => [short, long])
  const unknown = words.slice(at).find((word) => /^--?[a-z]/.test(word) && !['--help', '-h', ...known].includes(word.split('=', 1)[0]))
  return unknown && `no option ${unknown}`
}

/** The words of each call of `rhizo` in a line of code, up to a pipe, a redirection or a comment. */
const callsIn = (line: string): string[][] =>
  line
    .split(/(?<![\w/.-])rhizo (?!rhizo )/)
    .slice(1)
    .map((call) =>
      (call.split(/ # |[|&<>;)"'…]/, 1)[0] ?? '')
        .trim()
        .split(/\s+/)
        .filter((word) => word !== ''),
    )

test('no document calls a command or an option that is not there', () => {
  assert.equal(problemOf(['seq', 'tale']), 'no command tale')
  assert.equal(problemOf(['seq', 'tail', '/a', '--nmber']), 'no option --nmber')
  const calls = listDocuments().flatMap((path) =>
    codeLines(readDocument(path)).flatMap((line) => callsIn(line).map((words) => ({ path, words }))),
  )
  assert.ok(calls.length > 80, `${calls.length} calls were found`)
  const wrong = calls.flatMap(({ path, words }) => {
    const problem = problemOf(words)
    return problem === undefined ? [] : [`${path}: rhizo ${words.join(' ')}: ${problem}`]
  })
  assert.deepEqual(wrong, [])
})
