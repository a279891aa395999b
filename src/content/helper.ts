/**
 * Work on files of people in a process of its own: decoding pictures, converting spreadsheets. A few bytes may unfold to gigabytes, in
 * memory that no limit of a thread counts; the operating system bounds a process. It does one thing at a time, ends when it has been idle,
 * and is ended when it takes too long.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { setPriority } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Fault } from '../base/fault.ts'
import { workerUrl } from '../base/worker-url.ts'
import { FrameReader, frameHead, type Outcome, type Task } from './helper-frames.ts'

/** Memory that the process may write to: what picture and spreadsheet libraries take beside JavaScript's heap counts too. */
const MEMORY_MB = 700
const HEAP_MB = 384
/** How long it waits for more work, in milliseconds: starting costs half a second on a Pi. */
const IDLE_MS = 20_000
/** What may wait for its turn. */
const MAX_WAITING = 50
const MAX_WAITING_BYTES = 100_000_000

type Child = ChildProcessByStdio<Writable, Readable, null>

export interface Done {
  readonly outcome: Outcome
  readonly bytes: Buffer
}

/** Why it came to nothing: `time`, `memory`, or `end` for any other death of the process. */
export class HelperEnded extends Error {
  readonly reason: 'time' | 'memory' | 'end'
  constructor(reason: 'time' | 'memory' | 'end') {
    super(`the helper process ended (${reason})`)
    this.reason = reason
  }
}

export interface HelperOptions {
  readonly memoryMb?: number
}

export class Helper {
  readonly #memoryMb: number
  #child: Child | undefined
  #tail: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #waitingBytes = 0
  #idle: NodeJS.Timeout | undefined
  #isStopped = false
  #finish: ((done: Done | HelperEnded) => void) | undefined

  constructor({ memoryMb = MEMORY_MB }: HelperOptions = {}) {
    this.#memoryMb = memoryMb
  }

  /**
   * @param timeMs how long it may take, once its turn has come
   * @throws Fault busy when much is waiting already; HelperEnded when it takes too much time or memory
   */
  async run(task: Task, bytes: Uint8Array, timeMs: number): Promise<Done> {
    if (this.#isStopped) throw new Fault('busy', 'The server is stopping. Try again in a moment.', { retryAfter: 5 })
    if (this.#waiting >= MAX_WAITING || (this.#waiting > 0 && this.#waitingBytes + bytes.length > MAX_WAITING_BYTES))
      throw new Fault('busy', 'Many pictures and spreadsheets are being worked on already. Try again later.', { retryAfter: 30 })
    this.#waiting++
    this.#waitingBytes += bytes.length
    const turn = this.#tail.then(() => this.#work(task, bytes, timeMs))
    this.#tail = turn.catch(() => {})
    try {
      return await turn
    } finally {
      this.#waiting--
      this.#waitingBytes -= bytes.length
    }
  }

  /** Ends the process; what waits is refused. */
  stop(): void {
    this.#isStopped = true
    this.#end()
    this.#finish?.(new HelperEnded('end'))
  }

  async #work(task: Task, bytes: Uint8Array, timeMs: number): Promise<Done> {
    if (this.#isStopped) throw new HelperEnded('end')
    clearTimeout(this.#idle)
    const child = (this.#child ??= this.#start())
    let timer: NodeJS.Timeout | undefined
    const done = await new Promise<Done | HelperEnded>((resolve) => {
      this.#finish = resolve
      timer = setTimeout(() => {
        resolve(new HelperEnded('time'))
        this.#end()
      }, timeMs)
      child.stdin.write(frameHead(task, bytes.length))
      child.stdin.write(bytes)
    })
    clearTimeout(timer)
    this.#finish = undefined
    if (done instanceof HelperEnded) throw done
    this.#idle = setTimeout(() => this.#end(), IDLE_MS)
    this.#idle.unref()
    return done
  }

  #start(): Child {
    const script = fileURLToPath(workerUrl('content/helper-main'))
    const node = [process.execPath, `--max-old-space-size=${HEAP_MB}`, script]
    // The shell sets the limit, in kilobytes, and becomes the program. Where there is no such limit, that of the heap remains.
    const limited = `ulimit -d ${this.#memoryMb * 1024} 2>/dev/null; exec "$0" "$@"`
    const [program, ...given] = process.platform === 'win32' ? node : ['/bin/sh', '-c', limited, ...node]
    const child: Child = spawn(program ?? '', given, {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { MALLOC_ARENA_MAX: '2', VIPS_CONCURRENCY: '1' },
    })
    const reader = new FrameReader((outcome, bytes) => {
      if (this.#child === child) this.#finish?.({ outcome: outcome as Outcome, bytes })
    })
    const ended = (reason: 'memory' | 'end'): void => {
      // One that was ended already has nothing to do with what another one works on by now.
      if (this.#child !== child) return
      this.#child = undefined
      this.#finish?.(new HelperEnded(reason))
    }
    child.stdout.on('data', (chunk: Buffer) => reader.push(chunk))
    // A process that is gone takes nothing more; its end says so.
    child.stdin.on('error', () => {})
    child.stdout.on('error', () => {})
    child.once('error', () => ended('end'))
    // V8 and C libraries end the process when they get no memory, each in its own way; nothing else does in the midst of work.
    child.once('exit', (code, signal) => ended(code === 1 || signal === 'SIGKILL' ? 'end' : 'memory'))
    try {
      if (child.pid !== undefined) setPriority(child.pid, 10)
    } catch {
      // It may have ended already, or the system has no priorities.
    }
    return child
  }

  #end(): void {
    clearTimeout(this.#idle)
    const child = this.#child
    this.#child = undefined
    child?.kill('SIGKILL')
  }
}
