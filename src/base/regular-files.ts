/**
 * Reading files by their names. In a file's place may be a folder, a named pipe, a socket or a device: opening a pipe waits for whoever
 * writes into it, perhaps for ever, and a device may never end. So what is there is looked at first, and told at once.
 */
import { constants, createReadStream, readFileSync, statSync, type ReadStream, type Stats } from 'node:fs'
import { open, readFile, stat, type FileHandle } from 'node:fs/promises'
import { Fault } from './fault.ts'

/** Its message begins with the path: "/srv/lab/config.yaml is a named pipe, not a file." */
export class NotAFile extends Fault {
  /** "a folder" */
  readonly found: string

  constructor(path: string, found: string, advice: string) {
    super('invalid', `${path} is ${found}, not a file.${advice}`)
    this.found = found
  }
}

/** Why a file could not be read, as the end of a sentence, without its stop. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')

/** Whether a shell handed the file over while it ran, as in `<(zcat x)`: its writer is there, and stdin needs no name. */
const isHandedOver = (path: string): boolean => /^\/(?:dev\/(?:stdin|fd\/\d+)|proc\/(?:self|\d+)\/fd\/\d+)$/.test(path)

/** Whether there is a pipe of that kind, which can be read once alone. */
export const isPipe = (path: string): boolean => isHandedOver(path) && statSync(path, { throwIfNoEntry: false })?.isFile() === false

interface Reading {
  /** The file is read once, from its beginning to its end, so it may be a pipe that the shell handed over. */
  readonly once?: boolean
  /** Completes the message. */
  readonly advice?: string
}

/** @throws NotAFile when something else is there; what is missing is told by whoever opens it */
export function requireFile(path: string, reading: Reading = {}): void {
  check(path, statSync(path, { throwIfNoEntry: false }), reading)
}

function check(path: string, status: Stats | undefined, { once = false, advice = '' }: Reading): void {
  const found = status && describeOther(status)
  if (found === undefined || (once && isHandedOver(path) && found !== FOLDER)) return
  throw new NotAFile(path, found, advice === '' ? '' : ` ${advice}`)
}

const FOLDER = 'a folder'

function describeOther(status: Stats): string | undefined {
  if (status.isFile()) return undefined
  if (status.isDirectory()) return FOLDER
  if (status.isFIFO()) return 'a named pipe'
  return status.isSocket() ? 'a socket' : 'a device'
}

/** @throws NotAFile; errors of the file system */
export function readBytesNow(path: string, reading?: Reading): Buffer {
  requireFile(path, reading)
  return readFileSync(path)
}

/** @throws NotAFile; errors of the file system */
export const readTextNow = (path: string, reading?: Reading): string => readBytesNow(path, reading).toString('utf8')

/** @throws NotAFile; errors of the file system */
export async function readBytes(path: string, reading: Reading = {}): Promise<Buffer> {
  check(path, await stat(path), reading)
  return readFile(path)
}

/** @throws NotAFile; errors of the file system */
export const readText = async (path: string, reading?: Reading): Promise<string> => (await readBytes(path, reading)).toString('utf8')

interface Range {
  readonly start?: number
  /** The last byte. */
  readonly end?: number
  readonly highWaterMark?: number
}

/** @throws NotAFile; other errors are the stream's */
export function streamFile(path: string, range: Range = {}, reading?: Reading): ReadStream {
  requireFile(path, reading)
  return createReadStream(path, range)
}

/** Opens a file without waiting for anybody: a pipe in its place is empty. */
export const openAtOnce = (path: string): Promise<FileHandle> => open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))

/** Opens a file to be read here and there. @throws NotAFile; errors of the file system */
export async function openFile(path: string): Promise<FileHandle> {
  const handle = await openAtOnce(path)
  try {
    check(path, await handle.stat(), {})
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}
