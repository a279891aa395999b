#!/usr/bin/env node
/** argv in, exit code out. Asking for the version loads nothing else. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

interface Program {
  main(args: string[]): Promise<number>
  leavesCodeRunning(): boolean
}

/** Commands that load most of a server. */
const OF_A_SERVER = new Set(['serve', 'init-db', 'create-admin', 'upgrade', 'doctor', 'backup', 'restore', 'standby', 'demo'])

const args = process.argv.slice(2)
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  process.stdout.write(`${manifest.version}\n`)
} else {
  const program = await loadProgram()
  process.exitCode = await program.main(args)
  // Timers of extensions would keep the process for ever; what was written goes out before.
  if (program.leavesCodeRunning()) process.stdout.write('', () => process.exit())
}

/**
 * The program in one file, which loads a server in half the time of its modules. Commands that only ask a server load few of these, and so
 * do sources that were not built.
 */
async function loadProgram(): Promise<Program> {
  const bundle = fileURLToPath(new URL('../program/rhizo.cjs', import.meta.url))
  if (!args.some((arg) => OF_A_SERVER.has(arg)) || !existsSync(bundle)) return import('../commands/main.ts')
  const { loadBundle } = await import('./bundle.ts')
  return loadBundle(bundle).exports as Program
}
