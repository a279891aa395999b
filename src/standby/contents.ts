/** Fetches content of files into a standby's storage folder. Content never changes, so what is there under its name and size is whole. */
import { createHash } from 'node:crypto'
import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Fault } from '../base/fault.ts'
import type { Log } from '../base/log.ts'
import { makeFolder, syncFolder } from '../base/folders.ts'
import { brokenOff } from '../client/http-client.ts'
import { unlessMissing } from '../storage/files/files.ts'
import type { LabLink } from './lab-link.ts'
import type { NamedContent } from './leader.ts'

export interface ContentOptions {
  readonly link: LabLink
  /** The storage folder. */
  readonly folder: string
  readonly signal: AbortSignal
  readonly log: Log
  /** Paths whose content once was not what it should be: when it is so again, the lab has it so. */
  readonly doubtful: Set<string>
}

/**
 * Fetches what revisions after one name.
 * @returns the id of the last one
 * @throws Fault invalid when a content did not arrive as it is; what the link and the disk throw
 */
export async function fetchContents(options: ContentOptions, after: number): Promise<number> {
  const { link, signal } = options
  let last = after
  for (let more = true; more; ) {
    const listed = await link.contents(last, signal)
    for (const content of listed.contents) {
      await fetchContent(options, content)
      last = content.id
    }
    more = listed.more
  }
  return last
}

async function fetchContent({ link, folder, signal, log, doubtful }: ContentOptions, { path, size, hash }: NamedContent): Promise<void> {
  const target = join(folder, path)
  if ((await unlessMissing(stat(target)))?.size === size) return
  let answer: AsyncIterable<Buffer>
  try {
    answer = await link.content(path, signal)
  } catch (error) {
    // It was removed since, or is missing there too.
    if (error instanceof Fault && error.code === 'not_found') return
    throw error
  }
  await makeFolder(dirname(target), 0o700)
  const unfinished = `${target}.part`
  await rm(unfinished, { force: true })
  const file = await open(unfinished, 'wx', 0o600)
  const sum = createHash('sha1')
  try {
    for await (const chunk of answer) {
      sum.update(chunk)
      await file.writeFile(chunk)
    }
    if ((await file.stat()).size !== size || sum.digest('hex') !== hash) {
      if (!doubtful.has(path)) {
        doubtful.add(path)
        throw new Fault('invalid', `The content ${path} did not arrive as it was stored: it is asked for again.`)
      }
      log.error({ path }, 'the lab has another content than was stored: it is taken over as it is. "rhizo doctor" there tells')
    }
    await file.datasync()
    await file.close()
    await rename(unfinished, target)
    await syncFolder(dirname(target))
  } catch (error) {
    await file.close().catch(() => {})
    await rm(unfinished, { force: true }).catch(() => {})
    throw brokenOff(error)
  }
}
