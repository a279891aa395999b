/** `npm run bench`: measures all figures in one run and prints a table. See bench/README.md. */
import { cpus } from 'node:os'
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { DISTURBED, measureOthers } from './disturbance.ts'
import { isMet, type Figure, type Measurement } from './figure.ts'
import { billionFigures } from './figures/billion.ts'
import { clusterFigures } from './figures/cluster.ts'
import { costFigures } from './figures/costs.ts'
import { importFigures } from './figures/import.ts'
import { longFigures } from './figures/long.ts'
import { memoryFigures } from './figures/memory.ts'
import { millionFigures } from './figures/million.ts'
import { modelFigures } from './figures/model.ts'
import { mqttFigures } from './figures/mqtt.ts'
import { pageFigures } from './figures/pages.ts'
import { readFigures } from './figures/reads.ts'
import { restFigures } from './figures/rest.ts'
import { slowFsyncFigures } from './figures/slow-fsync.ts'
import { startFigures } from './figures/start.ts'
import { storeFigures } from './figures/store.ts'
import { strangersFigures } from './figures/strangers.ts'
import { wallFigures } from './figures/wall.ts'
import { websocketFigures } from './figures/websocket.ts'
import { formatTable } from './table.ts'

const USAGE = `npm run bench -- [--only NAME]… [--rounds N] [--seconds S] [--values N] [--json FILE] [--list]

  --only NAME   only figures whose name begins with NAME; may be repeated
  --rounds N    rounds of each comparison (5)
  --seconds S   seconds of load on each side in a round (2)
  --values N    values of billion (1000000000)
  --json FILE   also write the measurements there
  --list        only print the names`

const figures: Figure[] = [
  ...restFigures,
  ...websocketFigures,
  ...mqttFigures,
  ...importFigures,
  ...readFigures,
  ...storeFigures,
  ...longFigures,
  ...pageFigures,
  ...wallFigures,
  ...memoryFigures,
  ...startFigures,
  ...slowFsyncFigures,
  ...strangersFigures,
  ...millionFigures,
  ...billionFigures,
  ...clusterFigures,
  ...costFigures,
  ...modelFigures,
]

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    values: { type: 'string', default: '1000000000' },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

function positive(text: string, option: string): number {
  const number = Number(text)
  if (!(number > 0)) throw new Error(`--${option} must be a number above 0, not ${text}`)
  return number
}

async function run(): Promise<void> {
  const chosen = figures.filter(({ name }) => values.only === undefined || values.only.some((only) => name.startsWith(only)))
  if (values.help || values.list || chosen.length === 0) {
    console.log(values.help ? USAGE : figures.map(({ name }) => name).join('\n'))
    process.exitCode = chosen.length === 0 ? 2 : 0
    return
  }
  const effort = {
    rounds: Math.ceil(positive(values.rounds, 'rounds')),
    seconds: positive(values.seconds, 'seconds'),
    values: Math.ceil(positive(values.values, 'values')),
  }
  const measurements: Measurement[] = []
  for (const figure of chosen) {
    process.stderr.write(`${figure.name} …\n`)
    try {
      const before = await measureOthers()
      const taken = await figure.measure(effort)
      const others = Math.max(before, await measureOthers())
      measurements.push(...taken.map((one) => ({ ...one, others })))
    } catch (error) {
      // Continue with the other figures; the run fails in the end.
      console.error(`${figure.name} could not be measured:`, error)
      process.exitCode = 1
    }
  }
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, synchronous=FULL`
  console.log(`\n${machine}, ${new Date().toISOString()}\n\n${formatTable(measurements)}`)
  const disturbed = measurements.filter(({ others = 0 }) => others > DISTURBED)
  if (disturbed.length > 0) {
    console.log(
      '\nOther programs were using the machine before or after these were taken, so they are not to be relied on: ' +
        `${disturbed.map(({ name, others = 0 }) => `${name} (${Math.round(others * 100)}%)`).join(', ')}`,
    )
  }
  if (values.json !== undefined) {
    const report = {
      taken: new Date().toISOString(),
      machine,
      effort,
      measurements: measurements.map((one) => ({ ...one, met: isMet(one) ?? null })),
    }
    writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
  }
}

await run()
