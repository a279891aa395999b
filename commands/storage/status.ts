/** `rhizo storage status`: what each place of large contents holds. */
import { withCleanUp } from '../../src/base/clean-up.ts'
import { PartlyFailed } from '../support/exit-code.ts'
import { action, type CommandGroup } from '../support/session.ts'
import { openPlacesHere } from './places-here.ts'

const MEGABYTE = 1_000_000

export function define(storage: CommandGroup): void {
  storage
    .command('status')
    .description(
      'Show how many large files are in the storage folder, in the database and in the bucket, what waits for the bucket, and whether ' +
        'each place can be used. Ends with 1 when one can not.',
    )
    .addHelpText('after', '\nExamples:\n  rhizo storage status\n  rhizo storage status --json')
    .action(
      action(async (session) => {
        const { ctx, places, target, close } = await openPlacesHere({ isReadOnly: true })
        const { examinePlaces } = await import('../../src/content/storage-status.ts')
        const found = await withCleanUp(() => examinePlaces(ctx.db, places), close)
        const rows = found.map(({ place, pieces, bytes, trash, problem }) => ({
          place,
          takes_new: place === target,
          pieces,
          bytes,
          trash,
          problem: problem ?? null,
        }))
        await session.out.list(rows, [
          { title: 'PLACE', value: ({ place }) => place },
          { title: 'NEW', value: (row) => (row.takes_new ? 'yes' : '') },
          { title: 'FILES', value: ({ pieces }) => pieces, align: 'right' },
          { title: 'MB', value: ({ bytes }) => (bytes / MEGABYTE).toFixed(1), align: 'right' },
          { title: 'TRASH', value: ({ trash }) => trash, align: 'right' },
        ])
        const broken = rows.filter(({ problem }) => problem !== null)
        for (const { problem } of broken) session.out.warn(problem ?? '')
        if (broken.length > 0) throw new PartlyFailed()
      }),
    )
}
