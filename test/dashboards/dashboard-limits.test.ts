/** What a dashboard may cost, whatever its file says. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { YamlReader } from '../../src/base/yaml-reader.ts'
import { MAX_DASHBOARD_BYTES, MAX_TILES, parseDashboard } from '../../src/dashboards/dashboard-file.ts'
import { parseWantedTiles } from '../../src/dashboards/editing.ts'
import { readTiles } from '../../src/dashboards/tile-data.ts'
import { tileKinds } from '../../src/dashboards/tile-kinds.ts'
import { serverActor } from '../../src/resources/system.ts'
import { startLab } from '../support/lab.ts'

const yaml = new YamlReader()
after(() => yaml.stop())

test('patterns of one dashboard look at so much together and no more, and say so', async (t) => {
  const lab = await startLab(t)
  for (let at = 0; at < 100; at++) await lab.sequence(`/lab/many/n${at}`)
  const tile = `  - {kind: values, sequences: [${Array.from({ length: 40 }, (_, at) => `"/lab/many/n*${at % 10}"`).join(', ')}]}\n`
  const dashboard = await parseDashboard(yaml, `tiles:\n${tile.repeat(MAX_TILES)}`, tileKinds)
  const answers = await readTiles(lab.ctx, serverActor, { dashboard, folder: '/lab', choices: [] }, { room: 100 })
  const notes = answers.map(({ note, problem }) => note ?? problem ?? '')
  assert.doesNotMatch(notes[0] ?? '', /was looked at/)
  assert.match(notes.at(-1) ?? '', /Not all that may fit "\/lab\/many\/n\*\d" was looked at/)
})

test('more tiles than a dashboard can have are refused before anything is made of them', () => {
  const tiles = (count: number): string => JSON.stringify(Array.from({ length: count }, () => ({ tile: { kind: 'text', text: 'x' } })))
  assert.equal(parseWantedTiles(tiles(MAX_TILES)).length, MAX_TILES)
  assert.throws(() => parseWantedTiles(tiles(MAX_TILES + 1)), /at most 60/)
  assert.throws(() => parseWantedTiles(' '.repeat(2 * MAX_DASHBOARD_BYTES + 1)), /longer than/)
})
