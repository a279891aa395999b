/** `rhizo put`: uploads files and folders. */
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Transform } from 'node:stream'
import { invalid } from '../src/base/fault.ts'
import { joinPath } from '../src/base/path.ts'
import { streamFile } from '../src/base/regular-files.ts'
import type { Client } from '../src/client/client.ts'
import { isFolderType } from '../src/wire/resource-types.ts'
import type { Resource } from '../src/client/types.ts'
import { hashFile } from './support/file-hash.ts'
import { formatSize } from './support/output.ts'
import type { Output } from './support/output.ts'
import { action, requirePath, type CommandGroup } from './support/session.ts'

/** What `put --json` prints for each file. */
interface Result {
  path: string
  size: number
  status: 'stored' | 'unchanged'
}

interface Job {
  file: string
  path: string
  size: number
}

export function define(program: CommandGroup): void {
  program
    .command('put')
    .description(
      'Upload files, and folders with all that is in them. A file that is there already gets a new revision, unless its ' +
        'content is the same. Nothing is held in memory, whatever the size.',
    )
    .usage('[options] SOURCE... TARGET')
    .argument(
      '<paths...>',
      'local files or folders (with a slash at the end: what is in the folder), or - for stdin; last the target: a path, or a ' +
        'folder (existing, or with a slash at its end) that takes them in under their own names',
    )
    .option('-f, --force', 'store a new revision even of unchanged files')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo put report.pdf /greenhouse/reports/\n' +
        '  rhizo put photos /greenhouse/            # makes /greenhouse/photos\n' +
        '  rhizo put photos/ /greenhouse/2026/      # what is in photos, into /greenhouse/2026\n' +
        '  rhizo put *.csv /greenhouse/data/\n  df -h | rhizo put - /greenhouse/disk.txt',
    )
    .action(
      action(async (session, paths, options) => {
        const target = paths.at(-1)
        const sources = paths.slice(0, -1)
        if (target === undefined || sources.length === 0) throw invalid('Give what to upload, and then where to.')
        const client = await session.client()
        const results = await put(client, session.out, sources, target, options.force === true)
        await session.out.done(results)
      }),
    )
}

async function put(client: Client, out: Output, sources: string[], given: string, force: boolean): Promise<Result[]> {
  const target = requirePath(given)
  const there = target === '/' ? undefined : await client.resources.find(target)
  const into = given.endsWith('/') || sources.length > 1 || (there !== undefined && isFolderType(there.type))
  if (sources.includes('-')) {
    if (sources.length > 1 || into) throw invalid('stdin needs the path of a file as its target, and no other sources.')
    return [await putStdin(client, target)]
  }
  if (into && there !== undefined && !isFolderType(there.type)) throw invalid(`${target} is no folder.`)
  const jobs: Job[] = []
  // As in rsync: a slash after a folder's name stands for its content.
  const pathOf = (source: string): string => (into && !source.endsWith('/') ? joinPath(target, basename(join(source))) : target)
  for (const source of sources) jobs.push(...(await findJobs(client, source, pathOf(source))))
  return putFiles(client, out, jobs, force)
}

async function putStdin(client: Client, path: string): Promise<Result> {
  let size = 0
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      done(null, chunk)
    },
  })
  process.stdin.on('error', (error) => counter.destroy(error))
  await client.files.write(path, process.stdin.pipe(counter))
  return { path, size, status: 'stored' }
}

/** The files at or below a local path, sorted by name; creates remote folders for empty ones. */
async function findJobs(client: Client, file: string, path: string): Promise<Job[]> {
  requirePath(path)
  const stats = await stat(file)
  if (stats.isFile()) return [{ file, path, size: stats.size }]
  if (!stats.isDirectory()) throw invalid(`${file} is neither a file nor a folder.`)
  const names = (await readdir(file)).sort()
  if (names.length === 0 && (await client.resources.find(path)) === undefined) await client.resources.createFolder(path)
  const jobs: Job[] = []
  for (const name of names) jobs.push(...(await findJobs(client, join(file, name), joinPath(path, name.normalize('NFC')))))
  return jobs
}

async function putFiles(client: Client, out: Output, jobs: Job[], force: boolean): Promise<Result[]> {
  const total = jobs.reduce((sum, { size }) => sum + size, 0)
  const progress = out.progress(jobs.length === 1 ? basename(jobs[0]?.file ?? '') : `${jobs.length} files`, total)
  const results: Result[] = []
  try {
    for (const job of jobs) {
      const there = force ? undefined : await client.resources.find(job.path)
      if (there !== undefined && (await isSame(job, there))) {
        progress.advance(job.size)
        results.push({ path: job.path, size: job.size, status: 'unchanged' })
        continue
      }
      const content = streamFile(job.file, { highWaterMark: 256 * 1024 })
      content.on('data', (chunk) => progress.advance(chunk.length, formatSize(total)))
      await client.files.write(job.path, content, { length: job.size })
      results.push({ path: job.path, size: job.size, status: 'stored' })
    }
  } finally {
    progress.end()
  }
  return results
}

async function isSame(job: Job, there: Resource): Promise<boolean> {
  if (there.hash == null || (there.size != null && there.size !== job.size)) return false
  return there.hash === (await hashFile(job.file))
}
