/** `rhizo restore`: makes a lab of a backup. */
import { join, resolve } from 'node:path'
import type { RestoredLab } from '../src/backup/restore.ts'
import { formatTimestamp, parseTimestamp } from '../src/base/time.ts'
import { placeAt } from '../src/settings/backup-place.ts'
import { backupKey } from './support/backup-key.ts'
import { action, type CommandGroup } from './support/session.ts'
import { optionalTime } from './support/time-option.ts'

export function define(program: CommandGroup): void {
  program
    .command('restore')
    .description(
      'Make a lab of a backup: settings, database and large files, all checked before and after. It goes to an empty place, or with ' +
        '--over to the place of a stopped lab, whose settings and database are then put aside as NAME.before-restore-TIME.',
    )
    .argument('<from>', 'a folder of backups, s3://BUCKET/PREFIX, or - for a stream from stdin')
    .argument('[path]', "the new lab's folder; the place of the settings file in use (RHIZO_SERVER_SETTINGS) unless given")
    .option('--at <time>', 'the newest backup of this time or before, in place of the newest')
    .option('--over', 'put the lab that is there aside')
    .option('--key-file <file>', 'the key of encrypted backups is the first line of this file; otherwise the setting BACKUP_KEY')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo restore /mnt/usb/rhizo /srv/lab\n  rhizo restore /mnt/usb/rhizo --at 2026-01-31 --over\n' +
        "  ssh nas 'cat rhizo.tar' | rhizo restore - /srv/lab\n  RHIZO_SERVER_SETTINGS=/srv/lab/config.yaml rhizo doctor",
    )
    .action(
      action(async (session, from, path, options) => {
        const [
          { restoreFrom, restoreStream },
          { settingsFile, readSettingsFile },
          { settingsTable },
          { accessOf },
          { systemClock },
          { existsSync },
        ] = await Promise.all([
          import('../src/backup/restore-from.ts'),
          import('../src/settings/settings.ts'),
          import('../src/settings/settings-table.ts'),
          import('../src/storage/places/open-places.ts'),
          import('../src/base/clock.ts'),
          import('node:fs'),
        ])
        const file = path === undefined ? settingsFile() : join(resolve(path), 'config.yaml')
        const given = givenSettings(existsSync(file) ? readSettingsFile(file) : {})
        const at = optionalTime(options.at, '--at', true)
        const choices = {
          clock: systemClock,
          settingsFile: file,
          // A folder that is named is complete by itself: the environment is that of the server's usual place.
          environment: path === undefined ? process.env : {},
          at: at === undefined ? undefined : parseTimestamp(at),
          isOver: options.over === true,
          key: await backupKey(options.keyFile, given('BACKUP_KEY')),
          access: accessOf({
            S3_ACCESS_KEY: given('S3_ACCESS_KEY'),
            S3_SECRET_KEY: given('S3_SECRET_KEY'),
            S3_ENDPOINT: given('S3_ENDPOINT'),
            S3_REGION: given('S3_REGION') ?? settingsTable.S3_REGION.default,
            S3_PATH_STYLE: given('S3_PATH_STYLE') === undefined ? undefined : given('S3_PATH_STYLE') === 'true',
          }),
        }
        const lab = await (from === '-' ? restoreStream(process.stdin, choices) : restoreFrom(placeAt(process.cwd(), from), choices))
        for (const warning of lab.warnings) session.out.warn(warning)
        await session.out.show(toJson(lab), process.stdout.isTTY ? describe(lab) : '')
      }),
    )
}

const toJson = ({ time, settings, files, aside, warnings, manifest }: RestoredLab): object => ({
  time: formatTimestamp(time),
  lab: manifest.head.lab,
  settings_file: settings.file,
  database_file: settings.databaseFile,
  storage_folder: settings.storageFolder,
  files,
  put_aside: aside,
  warnings,
})

const describe = ({ time, settings, files, aside }: RestoredLab): string =>
  [
    `Restored the lab as it was at ${formatTimestamp(time)}, with ${files} large files: ${settings.file}, ${settings.databaseFile}.`,
    ...(aside.length > 0 ? [`What was there before: ${aside.join(', ')}. Remove it when all is well.`] : []),
    `Start it with RHIZO_SERVER_SETTINGS=${settings.file} rhizo serve`,
  ].join('\n')

/** Single settings, as a lab that is not there yet has no others: from the environment, or else from the settings file. */
const givenSettings =
  (file: Readonly<Record<string, unknown>>) =>
  (name: string): string | undefined => {
    const value = process.env[`RHIZO_SERVER_${name}`] ?? file[name]
    return typeof value === 'string' || typeof value === 'boolean' ? String(value) : undefined
  }
