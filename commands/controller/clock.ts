/** `rhizo controller clock`: lists corrections of a controller's times, and undoes them. */
import type { CorrectionUndoAnswer, TimeCorrection } from '../../src/client/types.ts'
import { formatDuration } from '../../src/base/duration.ts'
import { SECOND } from '../../src/base/time.ts'
import { PartlyFailed } from '../support/exit-code.ts'
import { confirm } from '../support/prompt.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'
import { timeOption } from '../support/time-option.ts'

export function define(controller: CommandGroup): void {
  controller
    .command('clock')
    .description(
      'List when the times that a controller sends with PUT /resources were corrected, because its clock was taken for wrong, and undo a ' +
        'correction: its values go back to the times that they were sent with. Undoing asks in a terminal, and prints the commands that ' +
        'move the values again.',
    )
    .argument('<path>', 'a controller; "self" for the one whose key is used')
    .option('--undo <since>', 'undo the correction that began then')
    .option('--dry-run', 'with --undo: only say what would be moved')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo controller clock /greenhouse/north\n' +
        '  rhizo controller clock /greenhouse/north --undo 2026-01-31T15:00:00Z --dry-run',
    )
    .action(
      action(async (session, given, options) => {
        const client = await session.client()
        const path = given === 'self' ? given : requirePath(given)
        const { out } = session
        if (options.undo === undefined) {
          const corrections = await client.controllers.corrections(path)
          return out.show({ corrections }, describe(corrections))
        }
        const since = timeOption(options.undo, '--undo')
        if (options.dryRun === true || options.yes !== true) {
          const trial = await client.controllers.undoCorrection(path, since, { isTrial: true })
          if (options.dryRun === true) return out.show(trial, describeUndo(trial, 'to be moved'))
          if (!(await confirm(`${describeUndo(trial, 'to be moved')}\nMove them?`))) return
        }
        const answer = await client.controllers.undoCorrection(path, since)
        await out.show(answer, describeUndo(answer, 'moved'))
        if (answer.failed.length > 0) throw new PartlyFailed()
      }),
    )
}

const lengthOf = (seconds: number): string => formatDuration(Math.round(Math.abs(seconds) * SECOND))

const describe = (corrections: readonly TimeCorrection[]): string =>
  corrections.length === 0
    ? 'None of its times was corrected.'
    : corrections
        .flatMap(({ since_timestamp: since, seconds, sequences }) => [
          `${since}: ${lengthOf(seconds)} ${seconds < 0 ? 'taken from' : 'added to'} its times`,
          ...sequences.map(
            ({ path, first_timestamp: first, last_timestamp: last, undone_timestamp: undone }) =>
              `  ${path}, ${first} to ${last}${undone === null ? '' : `: undone ${undone}`}`,
          ),
        ])
        .join('\n')

function describeUndo({ sequences, failed, seconds }: CorrectionUndoAnswer, became: string): string {
  const lines = sequences.map(({ path, matching, undo }) => {
    const again = undo === null ? '' : ` There again: ${undo}`
    return `${matching === 1 ? '1 value' : `${matching.toLocaleString('en')} values`} of ${path} ${became}.${again}`
  })
  const change = `${lengthOf(seconds)} ${seconds < 0 ? 'had been taken from its times' : 'had been added to its times'}.`
  return [change, ...lines, ...failed.map(({ path, reason }) => `${path} stays as it is: ${reason}`)].join('\n')
}
