/** `rhizo get`: downloads a file, or a folder with all its files. */
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Fault, invalid } from '../src/base/fault.ts'
import { joinPath, splitLast } from '../src/base/path.ts'
import type { Client } from '../src/client/client.ts'
import { brokenOff } from '../src/client/http-client.ts'
import { DATA_TYPES, isFolderType, RESOURCE_TYPES } from '../src/wire/resource-types.ts'
import type { Resource } from '../src/client/types.ts'
import { hashFile } from './support/file-hash.ts'
import { formatSize } from './support/output.ts'
import type { Output } from './support/output.ts'
import { action, optionalCount, requirePath, type CommandGroup } from './support/session.ts'

/** What `get --json` prints for each file. */
interface Result {
  path: string
  file: string
  size: number
  status: 'stored' | 'unchanged'
}

interface Job {
  path: string
  file: string
  resource: Resource
  revision: number | undefined
  /** Its values as CSV, in place of a content. */
  isValues?: boolean
}

export function define(program: CommandGroup): void {
  program
    .command('get')
    .description(
      'Download a file, or a folder with all the files in it, and the values of its sequences as CSV. A local file with the same content ' +
        'is left as it is. Sequences of images are passed over, and named.',
    )
    .argument('<path>', 'a file or folder')
    .argument('[target]', 'local file or folder, or - for stdout; the current folder unless given', '.')
    .option('--rev <id>', 'an earlier state of a file')
    .option('--no-sequences', 'without the values of sequences')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo get /greenhouse/reports/report.pdf\n  rhizo get /greenhouse/photos /media/backup\n' +
        '  rhizo get /greenhouse/data.csv - | head',
    )
    .action(
      action(async (session, given, target, options) => {
        const client = await session.client()
        const path = requirePath(given)
        const resource = await client.resources.info(path)
        const revision = optionalCount(options.rev, '--rev')
        if (target === '-') {
          if (isFolderType(resource.type)) throw invalid(`${path} is a folder, which has no place on stdout.`)
          await toStdout(session.out, await client.files.open(path, { revision }))
          return
        }
        const file = (await isFolder(target)) || target.endsWith('/') ? join(target, splitLast(path)[1]) : target
        const passedOver: string[] = []
        const withSequences = options.sequences
        const jobs = isFolderType(resource.type)
          ? await findJobs(client, path, file, { withSequences, passedOver })
          : [{ path, file, resource, revision }]
        await session.out.done(await getFiles(client, session.out, jobs))
        if (passedOver.length > 0) session.out.warn(`Passed over, since they hold images: ${passedOver.join(', ')}`)
      }),
    )
}

async function toStdout(out: Output, content: Readable): Promise<void> {
  try {
    for await (const chunk of content as AsyncIterable<Buffer>) await out.write(chunk)
  } catch (error) {
    throw brokenOff(error)
  }
}

interface Search {
  readonly withSequences: boolean
  /** Paths of sequences of images, which are added. */
  readonly passedOver: string[]
}

/** The files and sequences below a remote folder; creates the local folders. */
async function findJobs(client: Client, path: string, file: string, search: Search): Promise<Job[]> {
  await mkdir(file, { recursive: true })
  const jobs: Job[] = []
  const entries = await client.resources.list(path, { extended: true })
  const names = new Set(entries.map(({ name }) => name))
  for (const entry of entries) {
    const [childPath, childFile] = [joinPath(path, entry.name), join(file, entry.name)]
    // The server's names contain no slashes, but a faulty server must not make us write elsewhere.
    if (dirname(childFile) !== join(file)) throw new Fault('internal', `The server gave a name that is none: ${JSON.stringify(entry.name)}`)
    if (isFolderType(entry.type)) jobs.push(...(await findJobs(client, childPath, childFile, search)))
    else if (entry.type === RESOURCE_TYPES.file) jobs.push({ path: childPath, file: childFile, resource: entry, revision: undefined })
    else if (entry.type === RESOURCE_TYPES.sequence && search.withSequences) {
      if (entry.system_attributes?.['data_type'] === DATA_TYPES.image) search.passedOver.push(childPath)
      else
        jobs.push({ path: childPath, file: join(file, csvName(entry.name, names)), resource: entry, revision: undefined, isValues: true })
    }
  }
  return jobs
}

/** A name that no file of the folder has. */
function csvName(name: string, taken: Set<string>): string {
  let unique = `${name}.csv`
  for (let number = 2; taken.has(unique); number++) unique = `${name} (${number}).csv`
  taken.add(unique)
  return unique
}

async function getFiles(client: Client, out: Output, jobs: Job[]): Promise<Result[]> {
  const total = jobs.reduce((sum, { resource }) => sum + (resource.size ?? 0), 0)
  const progress = out.progress(jobs.length === 1 ? (jobs[0]?.resource.name ?? '') : `${jobs.length} files`, total)
  const results: Result[] = []
  try {
    for (const job of jobs) {
      if (await isSame(job)) {
        progress.advance(job.resource.size ?? 0)
        results.push({ path: job.path, file: job.file, size: job.resource.size ?? 0, status: 'unchanged' })
        continue
      }
      const size = await download(client, job, (bytes) => progress.advance(bytes, formatSize(total)))
      results.push({ path: job.path, file: job.file, size, status: 'stored' })
    }
  } finally {
    progress.end()
  }
  return results
}

/** Writes to a draft beside the target, then renames it, so that the target is always complete. */
async function download(client: Client, job: Job, onBytes: (bytes: number) => void): Promise<number> {
  const response =
    job.isValues === true
      ? await client.sequences.openRange(job.path, 'csv')
      : await client.files.open(job.path, { revision: job.revision })
  const draft = `${job.file}.part-${process.pid}`
  let size = 0
  response.on('data', (chunk: Buffer) => {
    size += chunk.length
    onBytes(chunk.length)
  })
  try {
    await pipeline(response, createWriteStream(draft))
    await rename(draft, job.file)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {})
    throw brokenOff(error)
  }
  return size
}

async function isSame({ file, resource, revision }: Job): Promise<boolean> {
  if (resource.hash == null || revision !== undefined) return false
  const there = await stat(file).catch(() => undefined)
  if (there?.isFile() !== true || (resource.size != null && there.size !== resource.size)) return false
  return resource.hash === (await hashFile(file))
}

const isFolder = async (file: string): Promise<boolean> => (await stat(file).catch(() => undefined))?.isDirectory() === true
