/** `rhizo standby take-over`: makes the standby of this machine the lab. */
import { setTimeout as pause } from 'node:timers/promises'
import { Fault } from '../../src/base/fault.ts'
import { action, type CommandGroup } from '../support/session.ts'

/** How long the server that runs here may take, in ms. */
const PATIENCE_MS = 60_000
const STEP_MS = 100

export function define(standby: CommandGroup): void {
  standby
    .command('take-over')
    .description(
      "Make the standby on this machine the lab, when the lab's machine is gone. Controllers and people go on here with the same keys " +
        'and passwords: lead their address here. It says up to when all is there. The other server changes nothing any more as soon as ' +
        'it hears of it.',
    )
    .option('--force', 'also when the lab answers: it yields, its last changes come over, and nothing is missing')
    .addHelpText('after', '\nExamples:\n  rhizo standby take-over\n  rhizo standby take-over --force --json')
    .action(
      action(async (session, { force }) => {
        const [{ loadSettings }, { requireTakeOver, becomeLab, describeLoss }, records, { runningDaemon }, { systemClock }, { silentLog }] =
          await Promise.all([
            import('../../src/settings/settings.ts'),
            import('../../src/standby/take-over.ts'),
            import('../../src/standby/standby-record.ts'),
            import('../../src/database/sqlite/daemon-lock.ts'),
            import('../../src/base/clock.ts'),
            import('../../src/base/log.ts'),
          ])
        const settings = loadSettings()
        await requireTakeOver(settings, force === true)
        records.orderTakeOver(settings.file)
        const pid = runningDaemon(settings.databaseFile)
        if (pid === undefined) await becomeLab(settings, { clock: systemClock, log: silentLog })
        else {
          process.kill(pid, 'SIGHUP')
          const until = performance.now() + PATIENCE_MS
          while (records.isTakeOverOrdered(settings.file)) {
            if (performance.now() > until)
              throw new Fault('busy', `The server (process ${pid}) has not taken over within a minute: see its log. Its next start does.`)
            await pause(STEP_MS)
          }
        }
        const { lab, epoch, point } = records.readStandbyRecord(settings.file) ?? {}
        const next = pid === undefined ? 'Start it with "rhizo serve".' : 'It serves.'
        await session.out.show(
          { lab, epoch, point: point ?? null, pid: pid ?? null },
          `This server is the lab now (take-over ${epoch}). ${describeLoss(point)} ${next}`,
        )
      }),
    )
}
