import type { Command } from 'commander'
import { once } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import type { Daemon } from '../daemon/daemon.ts'
import { sentenceOf } from './exit-code.ts'
import { HOW_TO_MAKE_AN_ADMIN } from './local-server.ts'
import { action } from './session.ts'

export function define(program: Command): void {
  program
    .command('serve')
    .description(
      'Run the server, in the foreground, with the settings of settings/config.yaml or of the file that RHIZO_SERVER_SETTINGS names. SIGTERM or Ctrl-C finishes what was received and ends it with exit code 0; SIGHUP makes it read again what another program changed in the database. The log goes to stderr.',
    )
    .addHelpText('after', '\nExamples:\n  rhizo serve\n  RHIZO_SERVER_SETTINGS=/etc/rhizo/config.yaml RHIZO_SERVER_PORT=8080 rhizo serve')
    .action(
      action(async (session) => {
        const letHeapGrow = holdHeap()
        const [{ loadSettings }, { createDaemon }, { createLogger }, { systemClock }, { hasAdmin }] = await Promise.all([
          import('../src/settings.ts'),
          import('../daemon/daemon.ts'),
          import('../daemon/logger.ts'),
          import('../src/clock.ts'),
          import('../src/admin.ts'),
        ])
        const settings = loadSettings()
        const log = createLogger(settings)
        let fail: (error: Error) => void = () => {}
        const failed = new Promise<never>((_, reject) => (fail = reject))
        const daemon = createDaemon(settings, { clock: systemClock, log, onFatal: (error) => fail(error) })
        process.on('SIGHUP', () => {
          daemon.reload().catch((error: unknown) => log.error({ err: error }, 'could not read the database again'))
        })
        await daemon.start()
        letHeapGrow()
        await session.out.show({ url: daemon.url, pid: process.pid }, greeting(daemon.url, await hasAdmin(daemon.context)))
        await Promise.race([askedToStop(), failed]).finally(async () => stopOnce(daemon))
      }),
    )
}

/** Where to look, and what to do next. */
function greeting(url: string, hasAdmin: boolean): string {
  // Who started it from a clone has no `rhizo` on the path, but npx finds it there.
  const run = process.env['npm_lifecycle_event'] === 'start' ? 'npx rhizo' : 'rhizo'
  const next = hasAdmin ? `Next, in a second terminal: ${run} --help` : `Nobody administers it yet. Make an administrator, in a second terminal:\n  ${run} ${HOW_TO_MAKE_AN_ADMIN}`
  return `rhizo serves ${url}\nThe API, for people: ${url}/api/v1/docs\n${next}`
}

/**
 * Loading the server makes much short-lived garbage, for which the engine would let its young generation grow by some
 * 10 MB that an idle server then keeps. @returns lets it grow again, for work under load
 */
function holdHeap(): () => void {
  setFlagsFromString('--semi-space-growth-factor=1')
  return () => setFlagsFromString('--semi-space-growth-factor=2')
}

async function askedToStop(): Promise<void> {
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
}

/** A second signal while it is stopping ends the process at once. */
async function stopOnce(daemon: Daemon): Promise<void> {
  const hurry = (): void => process.exit(1)
  process.on('SIGTERM', hurry)
  process.on('SIGINT', hurry)
  try {
    await daemon.stop()
  } catch (error) {
    process.stderr.write(`rhizo: stopping: ${sentenceOf(error)}\n`)
  } finally {
    process.off('SIGTERM', hurry)
    process.off('SIGINT', hurry)
  }
}
