/** `rhizo backup`: backs up the lab of this machine, lists backups, and proves them. */
import { resolve } from 'node:path'
import type { MadeBackup } from '../src/backup/make-backup.ts'
import { Fault, invalid } from '../src/base/fault.ts'
import { formatTimestamp } from '../src/base/time.ts'
import { placeAt } from '../src/settings/backup-place.ts'
import type { Settings } from '../src/settings/settings.ts'
import { backupKey } from './support/backup-key.ts'
import { PartlyFailed } from './support/exit-code.ts'
import { formatSize } from './support/output.ts'
import { action, type CommandGroup, type Session } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('backup')
    .description(
      "Back up this machine's lab, stopped or running: one consistent point of the database, large files and settings. A folder " +
        'or a bucket keeps many backups, each piece of content once; it counts as a backup only when it is whole, checked and on the ' +
        'disk. It holds all data and, unless told otherwise, all secrets of the settings: without the SALT no key of a restored lab works.',
    )
    .argument('[to]', 'a folder, s3://BUCKET/PREFIX, or - for one stream to stdout; the setting BACKUP_TO unless given')
    .option('--list', 'only list the backups of the folder')
    .option('--prove', 'restore the newest backup of the folder into a scratch folder, examine it as "rhizo doctor" does, and record that')
    .option('--scratch <folder>', 'with --prove: where to restore; beside the backups (encrypted ones: beside the database) unless given')
    .option('--without-secrets', 'leave passwords, tokens and the SALT of the settings out')
    .option('--key-file <file>', 'encrypt with the key in the first line of this file, in place of the setting BACKUP_KEY')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo backup /mnt/usb/rhizo\n  rhizo backup s3://lab-backups/greenhouse\n  rhizo backup --list /mnt/usb/rhizo\n' +
        '  rhizo backup --prove /mnt/usb/rhizo\n' +
        "  rhizo backup - | ssh nas 'cat > rhizo.tar'\n" +
        "  rhizo backup - | ssh nas 'mkdir -p -m 700 backups/lab && tar -x -C backups/lab'   # a folder of backups there",
    )
    .action(
      action(async (session, to, options) => {
        const { loadSettings } = await import('../src/settings/settings.ts')
        const settings = loadSettings()
        const key = await backupKey(options.keyFile, settings.BACKUP_KEY)
        const folder = to === undefined ? settings.backupPlace : to === '-' ? to : placeAt(process.cwd(), to)
        if (folder === undefined) throw invalid('Say where to: rhizo backup FOLDER, or set BACKUP_TO.')
        if (folder === '-' && (options.list === true || options.prove === true))
          throw invalid('A stream has nothing to list or to prove: name a folder.')
        if (options.list === true) return list(session, settings, folder)
        if (options.prove === true) return prove(session, settings, folder, { key, scratch: options.scratch })
        return make(session, settings, folder, { key, hasSecrets: options.withoutSecrets !== true && settings.BACKUP_SECRETS })
      }),
    )
}

interface Choices {
  readonly key: string | undefined
  readonly hasSecrets: boolean
}

async function make(session: Session, settings: Settings, to: string, { key, hasSecrets }: Choices): Promise<void> {
  const [{ backUp, backUpToStream }, { describeUnread }, { recordBackup }, { believedClock }, { systemClock }] = await Promise.all([
    import('../src/backup/back-up.ts'),
    import('../src/backup/manifest.ts'),
    import('../src/backup/outside-records.ts'),
    import('../src/backup/believed-clock.ts'),
    import('../src/base/clock.ts'),
  ])
  if (to === '-' && process.stdout.isTTY)
    throw invalid('The stream is for a program: pipe it, as in rhizo backup - | ssh nas "cat > rhizo.tar".')
  const { clock, doubt } = await believedClock(settings, systemClock)
  const options = { settings, clock, key, hasSecrets }
  const start = clock.now()
  const made = await (to === '-' ? backUpToStream((bytes) => session.out.write(Buffer.from(bytes)), options) : backUp(to, options)).catch(
    async (error: unknown) => {
      await recordBackup(settings, { kind: 'backup', place: to, start, end: clock.now(), error: reasonOf(error) })
      throw error
    },
  )
  const lacking = describeUnread(made.unread)
  const error = lacking === undefined ? {} : { error: lacking }
  await recordBackup(settings, { kind: 'backup', place: to, point: made.time, start, end: clock.now(), made, ...error })
  if (lacking !== undefined) session.out.warn(`${lacking} ${NEXT_STEP}`)
  for (const warning of doubt === undefined ? made.warnings : [doubt, ...made.warnings]) session.out.warn(warning)
  if (!hasSecrets) session.out.warn('The backup has no secrets: keep the SALT elsewhere, as without it no key of a restored lab works.')
  if (to !== '-') await session.out.show(toJson(made, to), process.stdout.isTTY ? describe(made, to) : '')
  if (lacking !== undefined) throw new PartlyFailed()
}

const NEXT_STEP =
  'All else is. Earlier backups are kept, and are what is restored unless this one is asked for: see "rhizo doctor" and the disk.'

const toJson = ({ time, file, bytes, writtenBytes, files, rows, warnings, unread }: MadeBackup, to: string): object => ({
  folder: to,
  time: formatTimestamp(time),
  manifest: file,
  bytes,
  written_bytes: writtenBytes,
  files,
  rows,
  warnings,
  unread,
})

const describe = ({ time, bytes, writtenBytes, files }: MadeBackup, to: string): string =>
  `Backed up ${formatSize(bytes)} with ${files} large files to ${to}, as of ${formatTimestamp(time)}; ` +
  `${formatSize(writtenBytes)} were new there.`

async function list(session: Session, settings: Settings, path: string): Promise<void> {
  const [{ listBackups, readHead, requireBackups }, { openPlace }, { accessOf }] = await Promise.all([
    import('../src/backup/backups.ts'),
    import('../src/backup/open-place.ts'),
    import('../src/storage/places/open-places.ts'),
  ])
  const place = openPlace(path, accessOf(settings))
  const listed = await listBackups(place)
  if (listed.length === 0) await requireBackups(place)
  const rows = await Promise.all(
    listed.map(async (one) => {
      const { time } = one
      const head = await readHead(place, one).catch((error: unknown) => reasonOf(error))
      return typeof head === 'string'
        ? { time: formatTimestamp(time), lab: null, program: null, schema: null, encrypted: null, problem: head }
        : {
            time: head.time,
            lab: head.lab,
            program: head.program,
            schema: head.schema,
            encrypted: head.encryption !== null,
            problem: head.unread === 0 ? null : `lacks the content of ${head.unread} revisions, which could not be read`,
          }
    }),
  )
  await session.out.list(rows, [
    { title: 'TIME', value: ({ time }) => time },
    { title: 'RHIZO', value: ({ program }) => program },
    { title: 'SCHEMA', value: ({ schema }) => schema, align: 'right' },
    { title: 'ENCRYPTED', value: ({ encrypted }) => (encrypted === true ? 'yes' : encrypted === false ? 'no' : '') },
    { title: 'PROBLEM', value: ({ problem }) => problem },
  ])
}

async function prove(
  session: Session,
  settings: Settings,
  folder: string,
  { key, scratch }: { key: string | undefined; scratch: string | undefined },
): Promise<void> {
  const [{ proveNewest }, { recordBackup }, { believedClock }, { systemClock }] = await Promise.all([
    import('../src/backup/prove.ts'),
    import('../src/backup/outside-records.ts'),
    import('../src/backup/believed-clock.ts'),
    import('../src/base/clock.ts'),
  ])
  // A backup can be proven where its lab is not.
  const { clock, doubt } = await believedClock(settings, systemClock).catch(() => ({ clock: systemClock, doubt: undefined }))
  if (doubt !== undefined) session.out.warn(doubt)
  const start = clock.now()
  const proof = await proveNewest(folder, {
    settings,
    clock,
    key,
    scratch: scratch === undefined ? undefined : resolve(scratch),
  })
  await recordBackup(settings, {
    kind: 'proof',
    place: folder,
    point: proof.time,
    start,
    end: clock.now(),
    ...(proof.problems.length > 0 ? { error: proof.problems.join(' ') } : {}),
  })
  const { time, values, rows, files, problems } = proof
  const text =
    `The backup of ${formatTimestamp(time)} was restored and examined: ${rows} rows, ${values} values in blocks and ${files} large files ` +
    `${problems.length === 0 ? 'are those of the lab at that time.' : 'were looked at.'}`
  await session.out.show({ folder, time: formatTimestamp(time), rows, values, files, problems, proven: problems.length === 0 }, text)
  for (const problem of problems) session.out.warn(problem)
  if (problems.length > 0) throw new PartlyFailed()
}

const reasonOf = (error: unknown): string => (error instanceof Fault || error instanceof Error ? error.message : String(error))
