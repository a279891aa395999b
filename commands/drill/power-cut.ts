/** `rhizo drill powercut`: loads a server, builds what a disk may hold after cuts of power, and looks whether all is there. */
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Fault } from '../../src/base/fault.ts'
import { PartlyFailed } from '../support/exit-code.ts'
import { action, requireNumber, type CommandGroup } from '../support/session.ts'
import { compare } from './compare.ts'
import { CrashDisk, MODES, type Mode } from './crash-disk.ts'
import { DrillLab, inScratchFolder, SETTINGS } from './drill-lab.ts'
import { Ledger } from './ledger.ts'
import { Load } from './load.ts'
import { makeRandom } from './random.ts'
import { readRecording, type Operation } from './recording.ts'

/** Losses that are listed one by one. */
const LISTED = 20

export interface DrillReport {
  readonly images: number
  /** Operations that the server did on its files. */
  readonly operations: number
  readonly acknowledged: number
  /** Acknowledged values and files that were looked up, all images together. */
  readonly compared_values: number
  readonly compared_files: number
  /** Images with a loss, by the mode of their cut. */
  readonly failed: Readonly<Partial<Record<Mode, number>>>
  readonly losses: readonly string[]
  /** Makes the same cuts again from the same recording. */
  readonly seed: number
}

export function define(drill: CommandGroup): void {
  drill
    .command('powercut')
    .description(
      'Load a server over REST, WebSocket and MQTT on a lab of its own while all that it writes is recorded; then build what a disk may ' +
        'hold after cuts of power at random moments (unsynced writes lost, torn, in any order), start each as a server does, and compare ' +
        'it with what was acknowledged. Needs Linux and a C compiler (cc). Exit code 1 when anything is lost.',
    )
    .option('--seconds <number>', 'how long to load the server', '5')
    .option('--images <number>', 'how many cuts to look at', '100')
    .option('--seed <number>', 'chooses the moments of the cuts and what they spare', String(Math.floor(Math.random() * 1e6)))
    .option('--durability <how>', 'full or normal, as the setting DURABILITY', 'full')
    .addHelpText('after', '\nExamples:\n  rhizo drill powercut\n  rhizo drill powercut --seconds 20 --images 1000 --json')
    .action(
      action(async (session, options) => {
        const seconds = requireNumber(options.seconds, '--seconds', { least: 0.1 })
        const images = requireNumber(options.images, '--images', { least: 1, whole: true })
        const seed = requireNumber(options.seed, '--seed', { least: 0, whole: true })
        const report = await inScratchFolder((folder) => cutPower(folder, { seconds, images, seed, durability: options.durability }))
        await session.out.show(report, describe(report))
        if (report.losses.length > 0) throw new PartlyFailed()
      }),
    )
}

interface Plan {
  readonly seconds: number
  readonly images: number
  readonly seed: number
  readonly durability: string
}

async function cutPower(folder: string, { seconds, images, seed, durability }: Plan): Promise<DrillReport> {
  const recording = join(folder, 'recording')
  const recorder = compileRecorder(folder)
  const lab = await DrillLab.make(folder)
  const start = readFiles(lab.folder)
  const ledger = new Ledger()
  try {
    const target = await lab.start({
      LD_PRELOAD: recorder,
      RECORD_FOLDER: lab.folder,
      RECORD_FILE: recording,
      RHIZO_SERVER_DURABILITY: durability,
    })
    await new Load(ledger).run(target, AbortSignal.timeout(seconds * 1000))
  } finally {
    await lab.kill()
  }
  return lookAtCuts(readRecording(recording, lab.folder), { folder, start, ledger, images, seed })
}

interface Cuts {
  readonly folder: string
  readonly start: ReadonlyMap<string, Buffer>
  readonly ledger: Ledger
  readonly images: number
  readonly seed: number
}

async function lookAtCuts(operations: readonly Operation[], { folder, start, ledger, images, seed }: Cuts): Promise<DrillReport> {
  const random = makeRandom(seed)
  const moments = Array.from({ length: images }, () => 1 + Math.floor(random() * operations.length)).sort((a, b) => a - b)
  const disk = new CrashDisk(start)
  const failed: Partial<Record<Mode, number>> = {}
  const losses: string[] = []
  const compared = { values: 0, files: 0 }
  let taken = 0
  for (const [number, moment] of moments.entries()) {
    while (taken < moment) {
      const operation = operations[taken++]
      if (operation) disk.take(operation)
    }
    const mode = MODES[number % MODES.length] ?? 'synced'
    const image = join(folder, 'image')
    disk.write(image, mode, random)
    const { values, files, losses: found } = await compare(join(image, SETTINGS), ledger, operations[moment - 1]?.time ?? 0n)
    rmSync(image, { recursive: true, force: true })
    compared.values += values
    compared.files += files
    if (found.length === 0) continue
    failed[mode] = (failed[mode] ?? 0) + 1
    losses.push(...found.map((loss) => `cut after operation ${moment} (${mode}): ${loss}`))
  }
  return {
    images,
    operations: operations.length,
    acknowledged: ledger.size,
    compared_values: compared.values,
    compared_files: compared.files,
    failed,
    losses: losses.slice(0, LISTED),
    seed,
  }
}

/** @throws Fault invalid when there is no compiler, or it fails */
function compileRecorder(folder: string): string {
  const library = join(folder, 'recorder.so')
  const source = fileURLToPath(new URL('../../../commands/drill/recorder.c', import.meta.url))
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl', '-lpthread'], { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (error) {
    throw new Fault('invalid', `The drill needs Linux and a C compiler (cc): ${error instanceof Error ? error.message : String(error)}`)
  }
  return library
}

function readFiles(folder: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && !path.endsWith('-shm')) files.set(path.slice(folder.length + 1), readFileSync(path))
  }
  return files
}

function describe({
  images,
  operations,
  acknowledged,
  compared_values: values,
  compared_files: files,
  failed,
  losses,
  seed,
}: DrillReport): string {
  const number = (count: number): string => count.toLocaleString('en')
  const lost = Object.values(failed).reduce((sum, count) => sum + count, 0)
  return [
    `${number(acknowledged)} changes acknowledged, ${number(operations)} operations on files recorded.`,
    `${number(images)} cuts of power: ${number(values)} values and ${number(files)} files compared, ` +
      `${lost === 0 ? 'nothing lost' : `${number(lost)} cuts lost something`} (seed ${seed}).`,
    ...losses.map((loss) => `  ${loss}`),
  ].join('\n')
}
