/** `rhizo doctor clock`: when the server's clock was wrong, and moving what was stamped then. */
import type { Client } from '../../src/client/client.ts'
import type { StretchShiftAnswer, WrongClock } from '../../src/client/types.ts'
import { invalid } from '../../src/base/fault.ts'
import { formatDuration } from '../../src/base/duration.ts'
import { SECOND } from '../../src/base/time.ts'
import { PartlyFailed } from '../support/exit-code.ts'
import { confirm } from '../support/prompt.ts'
import { action, requirePath, type CommandGroup, type Session } from '../support/session.ts'

export function define(doctor: CommandGroup): void {
  doctor
    .command('clock')
    .description(
      'List when the clock of the running server was wrong (a machine without a battery starts with the time of its last shutdown, or ' +
        'in 1970), and move what was stamped then by exactly what the clock was off. For system admins. Moving asks in a terminal, and ' +
        'prints the commands that move the values back.',
    )
    .option('--shift <id>', 'move the values of this stretch')
    .option('--path <path>', 'with --shift: only the sequences below this folder; the stretch can be moved again for others')
    .option('--dismiss <id>', 'leave the values of this stretch as they are, and offer it no more')
    .option('--dry-run', 'with --shift: only say what would be moved')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo doctor clock\n  rhizo doctor clock --shift 3 --dry-run\n' +
        '  rhizo doctor clock --shift 3 --path /greenhouse --yes\n  rhizo doctor clock --dismiss 4',
    )
    .action(
      action(async (session, options) => {
        const client = await session.client()
        if (options.shift !== undefined && options.dismiss !== undefined) throw invalid('Give --shift or --dismiss, not both.')
        if (options.dismiss !== undefined) {
          await client.dismissWrongClock(requireId(options.dismiss))
          return session.out.done({ status: 'ok' })
        }
        if (options.shift === undefined) {
          const stretches = await client.wrongClocks()
          return session.out.show({ stretches }, describe(stretches))
        }
        const path = options.path === undefined ? undefined : requirePath(options.path)
        await shift(session, client, requireId(options.shift), { path, isTrial: options.dryRun === true, isAsked: options.yes !== true })
      }),
    )
}

interface Wanted {
  path: string | undefined
  isTrial: boolean
  isAsked: boolean
}

async function shift({ out }: Session, client: Client, id: number, { path, isTrial, isAsked }: Wanted): Promise<void> {
  if (isTrial || isAsked) {
    const trial = await client.shiftWrongClock(id, { path, isTrial: true })
    if (isTrial || trial.sequences.length === 0) return out.show(trial, describeShift(trial, 'to be moved'))
    if (!(await confirm(`${describeShift(trial, 'to be moved')}\nMove them?`))) return
  }
  const answer = await client.shiftWrongClock(id, { path })
  await out.show(answer, describeShift(answer, 'moved'))
  if (answer.failed.length > 0) throw new PartlyFailed()
}

function requireId(text: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw invalid(`${JSON.stringify(text.slice(0, 40))} is no number of a stretch: "rhizo doctor clock" lists them.`)
  return Number(text)
}

const countOf = (count: number): string => (count === 1 ? '1 value' : `${count.toLocaleString('en')} values`)

const lengthOf = (seconds: number): string => `${formatDuration(Math.abs(seconds) * SECOND)} ${seconds < 0 ? 'ahead' : 'behind'}`

const OUTCOMES: Readonly<Record<WrongClock['state'], string>> = {
  'wrong now': 'it is wrong now: set it',
  waits: 'its values can be moved, with --shift',
  unknown: 'the machine was turned off before it was set: "rhizo seq shift" moves values by what you say',
  shifted: 'its values were moved',
  dismissed: 'its values were left as they are',
}

const describe = (stretches: readonly WrongClock[]): string =>
  stretches.length === 0
    ? 'The server has not seen its clock wrong.'
    : stretches
        .map(
          ({ id, start_timestamp: start, end_timestamp: end, off_by: by, state }) =>
            `${id}  ${start} to ${end}${by === null ? '' : `, ${lengthOf(by)}`}: ${OUTCOMES[state]}`,
        )
        .join('\n')

function describeShift({ sequences, failed, off_by: by }: StretchShiftAnswer, became: string): string {
  const lines = sequences.map(({ path, matching, undo }) => {
    const back = undo === null ? '' : ` Back again: ${undo}`
    return `${countOf(matching)} of ${path} ${became}.${back}`
  })
  if (lines.length === 0) lines.push('No sequence has values from then.')
  return [`The clock was ${lengthOf(by)}.`, ...lines, ...failed.map(({ path, reason }) => `${path} stays as it is: ${reason}`)].join('\n')
}
