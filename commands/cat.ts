/** `rhizo cat`: prints files, and the newest values of sequences. */
import { isUtf8 } from 'node:buffer'
import { Fault } from '../src/base/fault.ts'
import { brokenOff } from '../src/client/http-client.ts'
import { isFolderType } from '../src/wire/resource-types.ts'
import { action, optionalCount, requirePath, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('cat')
    .description("Print a file, or a sequence's newest value, to stdout as it is; in a terminal with control characters escaped.")
    .argument('<paths...>', 'files or sequences')
    .option('--rev <id>', 'an earlier state; "rhizo revisions" lists them')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo cat /greenhouse/notes.txt\n  rhizo cat /greenhouse/camera/image > now.jpg\n' +
        '  rhizo cat /greenhouse/notes.txt --rev 1234',
    )
    .action(
      action(async (session, paths, options) => {
        const client = await session.client()
        const revision = optionalCount(options.rev, '--rev')
        const results: object[] = []
        for (const path of paths.map(requirePath)) {
          if (session.out.json) {
            const bytes = await client.files.read(path, revision === undefined ? {} : { revision })
            results.push({
              path,
              size: bytes.length,
              ...(isUtf8(bytes)
                ? { encoding: 'utf-8', data: bytes.toString('utf8') }
                : { encoding: 'base64', data: bytes.toString('base64') }),
            })
            continue
          }
          const response = await client.files.open(path, { revision })
          if (response.headers['content-type']?.includes('json') === true && isFolderType((await client.resources.info(path)).type)) {
            throw new Fault('invalid', `${path} is a folder; "rhizo ls" lists it and "rhizo get" downloads it.`)
          }
          try {
            for await (const chunk of response as AsyncIterable<Buffer>) await session.out.write(chunk)
          } catch (error) {
            throw brokenOff(error)
          }
        }
        if (session.out.json) await session.out.write(`${JSON.stringify(results)}\n`)
      }),
    )
}
