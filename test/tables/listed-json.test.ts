/** Answers of databases and dashboards in JSON, whose rows are lists. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { documentTable } from '../../src/tables/documents.ts'
import { readTable } from '../support/read-table.ts'

const times = [1781352000, 1781352060] as const

const SAMPLES: Record<string, { json: unknown; rows: readonly string[] }> = {
  'InfluxDB 1': {
    json: {
      results: [
        {
          statement_id: 0,
          series: [
            {
              name: 'climate',
              tags: { room: 'north', bench: '2' },
              columns: ['time', 'mean', 'max'],
              values: [
                ['2026-06-13T12:00:00Z', 1.5, 2],
                ['2026-06-13T12:01:00Z', null, 3],
              ],
            },
          ],
        },
      ],
    },
    rows: [
      '2026-06-13T12:00:00Z climate/2/north/mean 1.5',
      '2026-06-13T12:00:00Z climate/2/north/max 2',
      '2026-06-13T12:01:00Z climate/2/north/mean ',
      '2026-06-13T12:01:00Z climate/2/north/max 3',
    ],
  },
  Prometheus: {
    json: {
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [{ metric: { __name__: 'temp', job: 'x' }, values: times.map((time, at) => [time + 0.25, String(at)]) }],
      },
    },
    rows: ['2026-06-13T12:00:00.250000Z temp/x 0', '2026-06-13T12:01:00.250000Z temp/x 1'],
  },
  'Prometheus, at one time': {
    json: { data: { resultType: 'vector', result: [{ metric: { job: 'x' }, value: [times[0], '5'] }] } },
    rows: ['2026-06-13T12:00:00Z x 5'],
  },
  Graphite: {
    json: [
      {
        target: 'lab.t',
        datapoints: [
          [1.5, times[0]],
          [null, times[1]],
        ],
      },
    ],
    rows: ['2026-06-13T12:00:00Z lab.t 1.5', '2026-06-13T12:01:00Z lab.t '],
  },
  'columns and rows': {
    json: {
      columns: ['time', 'a', 'b'],
      data: [
        ['2026-06-13T12:00:00Z', 1, 2],
        ['2026-06-13T12:01:00Z', 3, null],
      ],
    },
    rows: ['2026-06-13T12:00:00Z 1 2', '2026-06-13T12:01:00Z 3 '],
  },
  'pandas, split': {
    json: { columns: ['a'], index: times.map((time) => time * 1000), data: [[1], [2]] },
    rows: ['2026-06-13T12:00:00Z 1', '2026-06-13T12:01:00Z 2'],
  },
  'pandas, columns': {
    json: { a: { [`${times[0]}000`]: 1, [`${times[1]}000`]: 2 }, b: { [`${times[1]}000`]: 4 } },
    rows: ['2026-06-13T12:00:00Z 1 ', '2026-06-13T12:01:00Z 2 4'],
  },
  'lists below their names': {
    json: [
      ['time', 'a'],
      ['2026-06-13T12:00:00Z', 1],
      ['2026-06-13T12:01:00Z', 2],
    ],
    rows: ['2026-06-13T12:00:00Z 1', '2026-06-13T12:01:00Z 2'],
  },
}

for (const [kind, { json, rows }] of Object.entries(SAMPLES))
  test(`${kind}: read as a table`, async () => {
    const text = documentTable(Buffer.from(JSON.stringify(json)))
    const found = await readTable(text ?? assert.fail('it is no table'))
    assert.deepEqual([found.rows, found.refused], [rows, []])
  })

test('other lists are no table', () => {
  for (const json of [[[1, 2]], { columns: ['a'] }, { data: { result: [] } }, [['a', 'b']], { a: { b: 1 } }])
    assert.equal(documentTable(Buffer.from(JSON.stringify(json))), undefined)
})
