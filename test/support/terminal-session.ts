/**
 * Runs commands one after the other in one process, as if each were typed: `node terminal-session.js FILE`, with a JSON array of argument
 * lists in FILE. Each is announced by a line `--- NUMBER`.
 */
import { readFileSync } from 'node:fs'
import { main } from '../../commands/main.ts'

const lists = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as string[][]
for (const [at, args] of lists.entries()) {
  process.stdout.write(`\n--- ${at}\n`)
  await main(args)
  process.stdout.removeAllListeners('error')
  process.stderr.removeAllListeners('error')
}
