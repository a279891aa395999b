/** `rhizo verify`: whether a data set is as it was made. */
import { checkDataset } from '../src/client/check-dataset.ts'
import { PartlyFailed } from './support/exit-code.ts'
import { action, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('verify')
    .description(
      'Say whether a data set of "rhizo cite" is, byte by byte, as it was made; it needs no server. Prints the id and ends with 0, or ' +
        'names what was changed and ends with 1.',
    )
    .argument('<file>', 'the zip')
    .option('--id <id>', 'the id that was published: the data set must be that one')
    .addHelpText('after', '\nExamples:\n  rhizo verify run7.zip\n  rhizo verify run7.zip --id sha256:4f1c… && echo "as it was published"')
    .action(
      action(async (session, file, { id: published }) => {
        const { id, manifest, problems: found } = await checkDataset(file)
        const problems = [...found]
        if (published !== undefined && id !== published) problems.push(`Its id is ${id ?? 'not to be read'}, not ${published}.`)
        const isSound = problems.length === 0
        for (const problem of problems) session.out.warn(`${file}: ${problem}`)
        await session.out.show(
          { file, ok: isSound, id: id ?? null, values: manifest?.values ?? null, problems },
          isSound ? `${id ?? ''}  ${(manifest?.values ?? 0).toLocaleString('en')} values, unchanged` : '',
        )
        if (!isSound) throw new PartlyFailed()
      }),
    )
}
