/** Dashboards as files: what they say, and what is told, with its line, of one that says something wrong. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { YamlReader } from '../../src/base/yaml-reader.ts'
import { parseDashboard, type Dashboard } from '../../src/dashboards/dashboard-file.ts'
import { writeTiles } from '../../src/dashboards/editing.ts'
import { tileKinds } from '../../src/dashboards/tile-kinds.ts'
import { Fault } from '../../src/base/fault.ts'

const FILE = `# For the corridor.
title: House $house
note: Shown in the corridor
variables:
  house:
    folders: /lab/houses/*
    start: /lab/houses/north
    label: House
tiles:
  - kind: chart # the one that matters
    title: Climate
    sequences: [$house/temperature, $house/humidity]
    range: 7d
    place: { x: 0, y: 0, width: 8, height: 4 }
  - kind: values
    sequences: $house/**
  - kind: text
    text: |
      # $house
      Ask **Ann**.
    place: { x: 8, y: 0, width: 4, height: 2 }
  - kind: alarms
  - kind: log
    sequence: log
    lines: 20
`

const yaml = new YamlReader()
after(() => yaml.stop())

const parse = (text: string): Promise<Dashboard> => parseDashboard(yaml, text, tileKinds)

test('a dashboard says its title, variables and tiles, and tiles without a place find one', async () => {
  const { title, note, variables, tiles } = await parse(FILE)
  assert.deepEqual([title, note], ['House $house', 'Shown in the corridor'])
  assert.deepEqual(variables, [{ name: 'house', label: 'House', folders: '/lab/houses/*', start: '/lab/houses/north' }])
  assert.deepEqual(
    tiles.map(({ kind, settings }) => [kind.name, settings]),
    [
      ['chart', { sequences: ['$house/temperature', '$house/humidity'], range: '7d' }],
      ['values', { sequences: ['$house/**'] }],
      ['text', { text: '# $house\nAsk **Ann**.\n' }],
      ['alarms', {}],
      ['log', { sequence: 'log', lines: 20 }],
    ],
  )
  assert.deepEqual(tiles[0]?.place, { x: 0, y: 0, width: 8, height: 4 })
  for (const [at, { place: one }] of tiles.entries()) {
    assert.ok(one.x + one.width <= 12)
    if (at === 2) continue
    for (const { place: other } of tiles.slice(0, at))
      assert.ok(
        one.x >= other.x + other.width || other.x >= one.x + one.width || one.y >= other.y + other.height || other.y >= one.y + one.height,
        `tile ${at} covers another`,
      )
  }
  assert.deepEqual((await parse('')).tiles, [])
  assert.deepEqual((await parse('variables: { bed: beds/* }\ntiles: []')).variables[0], {
    name: 'bed',
    label: 'bed',
    folders: 'beds/*',
    start: undefined,
  })
})

const tile = (text: string): string => `title: x\ntiles:\n  - kind: text\n    text: hello\n${text}`

for (const [what, text, message] of [
  ['no YAML', 'tiles: [', /^line 1: /],
  ['a list', '- kind: chart', /^line 1: a dashboard has the members title, note, variables, tiles/],
  ['an unknown member', 'title: x\ntitel: y', /^line 2: "titel" means nothing in a dashboard; known: /],
  ['tiles that are no list', 'tiles: 7', /^line 1: tiles must be a list/],
  ['a tile without a kind', tile('  - title: no kind'), /^line 5: a tile must have a kind: chart, values, /],
  ['an unknown kind', tile('  - title: y\n    kind: gauge'), /^line 6: there is no kind of tile "gauge"; known: chart/],
  [
    'an unknown setting',
    tile('  - kind: alarms\n    folders: /lab'),
    /^line 6: "folders" means nothing in a tile of the kind alarms; known: .*folder/,
  ],
  ['a missing setting', tile('  - kind: chart\n    title: y'), /^line 5: sequences is missing/],
  ['an empty list', tile('  - kind: chart\n    sequences: []'), /^line 6: sequences names no sequence/],
  ['a number for a path', tile('  - kind: chart\n    sequences:\n      - /lab/x\n      - 7'), /^line 8: sequences must be a path/],
  ['a path upwards', tile('  - kind: log\n    sequence: ../x'), /^line 6: sequence: "\.\.\/x" leads upwards/],
  ['a star for one thing', tile('  - kind: image\n    sequence: /lab/*'), /^line 6: sequence: "\/lab\/\*" has a star/],
  ['an unknown variable', tile('  - kind: log\n    sequence: $bed/log'), /^line 6: sequence: there is no variable "bed"; known: none/],
  [
    'a variable in the middle',
    'variables: { bed: b/* }\ntiles:\n  - kind: log\n    sequence: /lab/$bed/log',
    /^line 4: .*beginning of a path/,
  ],
  ['a range', tile('  - kind: chart\n    sequences: /lab/x\n    range: soon'), /^line 7: range must be a time: /],
  ['too many lines', tile('  - kind: log\n    sequence: x\n    lines: 9000'), /^line 7: lines must be a whole number from 1 to 500/],
  [
    'a place beyond the grid',
    tile('  - kind: alarms\n    place: { x: 10, y: 0, width: 4, height: 2 }'),
    /^line 6: x must be a whole number from 0 to 8/,
  ],
  ['a place with other members', tile('  - kind: alarms\n    place: { x: 0, top: 0 }'), /^line 6: "top" means nothing in a place/],
  ['a variable without folders', 'variables:\n  bed:\n    label: Bed', /^line 3: bed must have folders/],
  ['a taken name', 'variables: { view: /lab/* }', /^line 1: "view" is used by the page's address/],
  ['a title that is a list', 'title: [x]', /^line 1: title must be text/],
  ['the same member twice', 'title: x\ntitle: y', /^line 2: /],
] as const)
  test(`refused with its line: ${what}`, async () => {
    await assert.rejects(parse(text), (error: unknown) => {
      assert.ok(error instanceof Fault && error.code === 'invalid')
      assert.match(error.message, message)
      return true
    })
  })

test('a dashboard of any size, or with aliases that grow, is refused in time', async () => {
  await assert.rejects(parse(`title: ${'x'.repeat(300_000)}`), /larger than/)
  const lol = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefgh'.split('').map(
      (name, at) =>
        `${name}: &${name} [${Array(9)
          .fill(`*${'abcdefg'[at] ?? ''}`)
          .join(',')}]`,
    ),
  ]
  await assert.rejects(parse(lol.join('\n')), (error: unknown) => error instanceof Fault)
  await assert.rejects(parse(`tiles:\n${'  - kind: alarms\n'.repeat(61)}`), /there are 61 tiles; at most 60/)
})

test('tiles that were changed on the page are written back, and comments and what was not changed stay', async () => {
  const place = { x: 4, y: 4, width: 4, height: 3 }
  const { text, dashboard } = await writeTiles(
    yaml,
    FILE,
    [
      { from: 3, tile: { kind: 'alarms', place } },
      { from: 0, tile: { kind: 'chart', title: 'Air', sequences: ['$house/temperature', '$house/humidity'], range: '7d', place } },
      { from: undefined, tile: { kind: 'states', sequences: ['$house/door'], place: { x: 0, y: 9, width: 12, height: 2 } } },
    ],
    tileKinds,
  )
  assert.match(text, /^# For the corridor\.\ntitle: House \$house\n/)
  assert.match(text, /kind: chart # the one that matters\n/)
  assert.match(text, /title: Air\n/)
  assert.match(text, /place: \{ x: 4, y: 4, width: 4, height: 3 \}/)
  assert.doesNotMatch(text, /Ask/)
  assert.deepEqual(
    dashboard.tiles.map(({ kind, title }) => [kind.name, title]),
    [
      ['alarms', undefined],
      ['chart', 'Air'],
      ['states', undefined],
    ],
  )
  assert.deepEqual(
    (await writeTiles(yaml, '', [{ from: undefined, tile: { kind: 'text', text: 'hi', place } }], tileKinds)).dashboard.tiles.length,
    1,
  )
  assert.deepEqual((await writeTiles(yaml, FILE, [], tileKinds)).dashboard.tiles, [])
  await assert.rejects(
    writeTiles(yaml, FILE, [{ from: undefined, tile: { kind: 'chart', place } }], tileKinds),
    /^Fault: sequences is missing/,
  )
  await assert.rejects(writeTiles(yaml, 'tiles: [', [], tileKinds), /mend it as text first/)
})
