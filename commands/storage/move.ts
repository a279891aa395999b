/** `rhizo storage move`: moves the contents of large files to another place, while the server runs or not. */
import { withCleanUp } from '../../src/base/clean-up.ts'
import { invalid } from '../../src/base/fault.ts'
import type { PlaceName } from '../../src/storage/places/placed-storage.ts'
import { PartlyFailed } from '../support/exit-code.ts'
import { action, type CommandGroup } from '../support/session.ts'
import { openPlacesHere, requireKnownBucket } from './places-here.ts'

const PLACES: readonly PlaceName[] = ['s3', 'folder', 'database']
const MEGABYTE = 1_000_000

export function define(storage: CommandGroup): void {
  storage
    .command('move')
    .description(
      'Move the contents of all large files to one place, on the server’s machine and while it runs. Each is copied, compared with its ' +
        'record and read back before it is removed where it was. Interrupted, it goes on with the rest the next time.',
    )
    .requiredOption('--to <place>', 's3, folder or database')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo storage move --to s3\n  rhizo storage move --to folder --json\n\n' +
        'Where new files go is set with BULK_STORAGE and S3_STORAGE_BUCKET (docs/storage.md); set it and restart the server first.',
    )
    .action(
      action(async (session, { to: given }) => {
        const to = PLACES.find((name) => name === given)
        if (to === undefined) throw invalid(`--to is "${given}"; allowed: ${PLACES.join(', ')}.`)
        const { ctx, places, target, close } = await openPlacesHere({ isReadOnly: false })
        const { moveContents } = await import('../../src/content/move-contents.ts')
        let isStopped = false
        const stop = (): void => {
          isStopped = true
        }
        process.once('SIGINT', stop)
        const moved = await withCleanUp(
          async () => {
            await requireKnownBucket(ctx, places)
            const progress = { total: 0, bar: session.out.progress('moving') }
            return moveContents({
              db: ctx.db,
              places,
              to,
              isStopped: () => isStopped,
              onTotal: (pieces) => {
                progress.bar = session.out.progress('moving', pieces)
              },
              onPiece: () => progress.bar.advance(1),
            }).finally(() => progress.bar.end())
          },
          async () => {
            process.off('SIGINT', stop)
            await close()
          },
        )
        for (const { path, problem } of moved.failed) session.out.warn(`${path} stays where it is: ${problem}.`)
        if (moved.missing > 0)
          session.out.warn(`The content of ${moved.missing} revisions is in no place: "rhizo doctor" ` + `names their files.`)
        if (!moved.isDone) session.out.warn('Stopped: the rest is moved when this is run again.')
        if (target !== to) session.out.warn(`New files still go to ${target}: set BULK_STORAGE: ${to}, and restart the server.`)
        await session.out.show(
          {
            to,
            moved: moved.moved,
            bytes: moved.bytes,
            already_there: moved.already,
            missing: moved.missing,
            failed: moved.failed,
            unnamed: moved.unnamed,
            done: moved.isDone,
            takes_new: target,
          },
          `${moved.moved.toLocaleString('en')} files moved to ${to} (${(moved.bytes / MEGABYTE).toFixed(1)} MB), ` +
            `${moved.already.toLocaleString('en')} were there.` +
            (moved.unnamed > 0 ? ` ${moved.unnamed} contents elsewhere belong to no file: the server removes them in the end.` : ''),
        )
        if (moved.failed.length > 0 || moved.missing > 0 || !moved.isDone) throw new PartlyFailed()
      }),
    )
}
