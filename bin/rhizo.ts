#!/usr/bin/env node
/** argv in, exit code out. Asking for the version loads nothing else. */
import { readFileSync } from 'node:fs'

const args = process.argv.slice(2)
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  process.stdout.write(`${manifest.version}\n`)
} else {
  const { main } = await import('../commands/main.ts')
  process.exitCode = await main(args)
}
