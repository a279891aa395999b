/** `rhizo service uninstall`: stops the service and takes its unit away; the lab stays. */
import { existsSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { notFound } from '../../src/base/fault.ts'
import { readTextNow } from '../../src/base/regular-files.ts'
import { action, type CommandGroup } from '../support/session.ts'
import { must, requireName, requireSystemd, SERVICE, UNIT_FOLDER } from './systemd.ts'

export function define(service: CommandGroup): void {
  service
    .command('uninstall')
    .description('Stop the service, and have it start no more. Settings, database, files and its user stay.')
    .option('--name <name>', 'what systemd calls it', SERVICE)
    .option('--unit-folder <folder>', 'where the unit is', UNIT_FOLDER)
    .addHelpText('after', '\nExamples:\n  sudo rhizo service uninstall')
    .action(
      action(async (session, { name, unitFolder }) => {
        const unitFile = join(resolve(unitFolder), `${requireName(name)}.service`)
        if (!existsSync(unitFile)) throw notFound(`There is no service ${name}: ${unitFile} is not there.`)
        requireSystemd()
        const folder = /^WorkingDirectory=(.+)$/m.exec(readTextNow(unitFile))?.[1] ?? null
        must('systemctl', 'disable', '--now', name)
        rmSync(unitFile)
        must('systemctl', 'daemon-reload')
        const kept = folder === null ? 'The lab stays where it is.' : `The lab stays in ${folder}.`
        await session.out.show({ name, unit_file: unitFile, kept_folder: folder }, `${name} is no longer a service. ${kept}`)
      }),
    )
}
