/**
 * Free space on the disks of the lab, and what is refused while there is too little: first files, then values, so that there is always
 * room for deleting, purging and telling.
 */
import { statfs } from 'node:fs/promises'
import { Fault } from '../base/fault.ts'

const MEGABYTE = 1_000_000
/** Unless the setting says how much: 2 % of the disk, within these bounds. */
const SHARE = 0.02
const LEAST = 50 * MEGABYTE
const MOST = 1_000 * MEGABYTE
/** A warning goes out when less than so many reserves is free. */
const LOW = 3
/** Seconds. */
const RETRY_AFTER = 60

/** enough; low: a warning; scarce: files are refused; exhausted: values too. */
export type SpaceLevel = 'enough' | 'low' | 'scarce' | 'exhausted'
const LEVELS: readonly SpaceLevel[] = ['enough', 'low', 'scarce', 'exhausted']

export interface Disk {
  readonly folder: string
  /** Bytes that this user may still write, what is kept free of them, and the size of the disk. */
  readonly free: number
  readonly reserve: number
  readonly total: number
  readonly level: SpaceLevel
}

export class Space {
  readonly #folders: readonly string[]
  readonly #reserve: number
  #disks: readonly Disk[] = []
  #level: SpaceLevel = 'enough'

  /**
   * @param folders of the database and the files, on one disk or several
   * @param reserve bytes to be kept free on each disk; 0: 2 % of it, but at least 50 MB and at most 1,000 MB
   */
  constructor(folders: readonly string[], reserve: number) {
    this.#folders = folders
    this.#reserve = reserve
  }

  /** As it was at the last look; empty before the first. */
  get disks(): readonly Disk[] {
    return this.#disks
  }

  /** Of the disk that has least. */
  get level(): SpaceLevel {
    return this.#level
  }

  /** Asks the disks. A folder that can't be asked counts as enough: what is wrong with it shows when it is used. */
  async look(): Promise<void> {
    const disks: Disk[] = []
    for (const folder of this.#folders) {
      const status = await statfs(folder).catch(() => undefined)
      if (!status) continue
      const [free, total] = [status.bavail * status.bsize, status.blocks * status.bsize]
      if (disks.some((disk) => disk.total === total && disk.free === free)) continue
      const reserve = this.#reserve || Math.min(MOST, Math.max(LEAST, total * SHARE))
      disks.push({ folder, free, reserve, total, level: levelOf(free, reserve) })
    }
    this.#disks = disks
    this.#level = LEVELS[Math.max(0, ...disks.map(({ level }) => LEVELS.indexOf(level)))] ?? 'enough'
  }

  /** @throws Fault busy when there is no room for another file */
  requireForFiles(): void {
    if (this.#level === 'scarce' || this.#level === 'exhausted') throw this.#refusal('no files are stored')
  }

  /** Why no values are stored now; undefined when they are. */
  get refusalOfValues(): Fault | undefined {
    return this.#level === 'exhausted' ? this.#refusal('nothing is stored') : undefined
  }

  #refusal(what: string): Fault {
    const disk = this.#disks.find(({ level }) => level === this.#level)
    return new Fault('busy', `The server's disk is nearly full (${disk ? describeDisk(disk) : ''}): ${what} until some space is free.`, {
      retryAfter: RETRY_AFTER,
    })
  }
}

function levelOf(free: number, reserve: number): SpaceLevel {
  if (free < reserve / 2) return 'exhausted'
  if (free < reserve) return 'scarce'
  return free < LOW * reserve ? 'low' : 'enough'
}

/** `120 MB free, 640 MB are kept in reserve` */
export const describeDisk = ({ free, reserve }: Disk): string => `${megabytes(free)} MB free, ${megabytes(reserve)} MB are kept in reserve`

const megabytes = (bytes: number): string => Math.round(bytes / MEGABYTE).toLocaleString('en')
