/** Child processes of a measurement: starts them, waits for them, and stops them at its end. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The project's folder, seen from `dist/bench/`. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

const script = (name: string): string => fileURLToPath(new URL(name.replace(/\.ts$/, '.js'), import.meta.url))

export interface Program {
  pid: number
  /** The port that it prints, if it does. */
  port: number
  /** Stops it and waits for its exit; fails if it had already failed by itself. */
  stop(): Promise<void>
}

/** All running children, so that an interrupted or failed run leaves none behind. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

export function launch(
  command: string,
  args: string[],
  options: { env?: NodeJS.ProcessEnv; input?: 'pipe' | 'ignore'; cwd?: string } = {},
): ChildProcess {
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
    stdio: [options.input ?? 'ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** The child's standard output if it succeeds. @throws Error with its standard error otherwise */
export async function outputOf(child: ChildProcess): Promise<string> {
  const out: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0)
    throw new Error(
      `${child.spawnargs.slice(0, 4).join(' ').slice(0, 200)} ended with ${code ?? 'a signal'}: ` +
        `${Buffer.concat(errors).toString('utf8').slice(-2_000)}`,
    )
  return Buffer.concat(out).toString('utf8')
}

/** Waits for a line of the child's output that begins with `word`; returns the rest of the line. */
export async function awaitLine(child: ChildProcess, word: string): Promise<string> {
  if (child.stdout === null) throw new Error('The child has no output to read')
  const errors: Buffer[] = []
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk))
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith(`${word} `)) continue
    child.stdout.resume()
    return line.slice(word.length + 1)
  }
  throw new Error(
    `${child.spawnargs.slice(0, 3).join(' ')} ended without "${word}": ${Buffer.concat(errors).toString('utf8').slice(-2_000)}`,
  )
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** Starts one of the servers in `bench/bare/`. */
export async function startBare(name: 'bare-hono' | 'bare-ws' | 'bare-mqtt'): Promise<Program> {
  const child = launch(process.execPath, [script(`./bare/${name}.ts`)])
  const port = Number(await awaitLine(child, 'listening'))
  return { pid: child.pid ?? 0, port, stop: () => stopChild(child) }
}

/** Runs a script of the bench with a job and returns its result: a load, or bare-sqlite. */
export async function runJob<Job, Result>(name: string, job: Job, env: NodeJS.ProcessEnv = {}): Promise<Result> {
  return JSON.parse(await outputOf(launch(process.execPath, [script(`./${name}.ts`), JSON.stringify(job)], { env }))) as Result
}

/** Starts a script that prints `open …` when its connections are open and keeps them until it is stopped. */
export async function startIdle<Job>(
  job: Job,
  name: 'load/idle-sockets' | 'load/idle-mqtt' | 'load/strangers' = 'load/idle-sockets',
): Promise<{ stop(): Promise<void> }> {
  const child = launch(process.execPath, [script(`./${name}.ts`), JSON.stringify(job)], { input: 'pipe' })
  await awaitLine(child, 'open')
  return { stop: () => stopChild(child) }
}

/** Resident memory of a process, in bytes. */
function residentBytes(pid: number): number {
  const status = `/proc/${pid}/status`
  if (existsSync(status)) return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(status, 'utf8'))?.[1]) * 1024
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024
}

/** Resets the peak of a process's resident memory. Linux only. */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** Peak resident memory of a process since its start or {@link resetPeak}, in bytes; NaN when it has ended. Linux only. */
export function peakBytes(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
  } catch {
    return Number.NaN
  }
}

/** Milliseconds after which a process counts as idle. */
const SETTLING = 3_000

/** Resident memory in megabytes, once the process is idle. */
export async function residentMegabytes(pid: number): Promise<number> {
  await rest(SETTLING)
  return residentBytes(pid) / 1_000_000
}

export const rest = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Seconds of processor time that a process has used, all its threads together; undefined where the system does not tell. */
export function processorSeconds(pid: number): number | undefined {
  const stat = `/proc/${pid}/stat`
  if (!existsSync(stat)) return undefined
  const fields = readFileSync(stat, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** Ticks of a second, in what Linux tells of processes. */
const TICKS = 100
