/** The client packages of InfluxDB, versions 1 and 2, write by changing an address. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { InfluxDB as InfluxDB2, Point } from '@influxdata/influxdb-client'
import { InfluxDB as InfluxDB1 } from 'influx'
import { startLab, type Lab } from '../support/lab.ts'

const valuesOf = async (lab: Lab, path: string): Promise<{ timestamps: number[]; values: string[] }> =>
  (await lab.get(`/resources/lab/house/${path}`, { count: 9 })).json as { timestamps: number[]; values: string[] }

async function startHouse(lab: Lab): Promise<string> {
  const { key } = await lab.controller('house')
  await lab.put('/resources/lab/house', { system_attributes: { create_sequences: true } })
  return key
}

test('version 2: points are written in batches, compressed, at their times; a bad one is told and the others are stored', async (t) => {
  const lab = await startLab(t)
  const key = await startHouse(lab)
  const refused: string[] = []
  const writer = new InfluxDB2({ url: lab.url, token: key }).getWriteApi('lab', 'house', 'ms', {
    gzipThreshold: 1,
    maxRetries: 0,
    writeFailed: (error) => {
      refused.push(error.message)
      return Promise.resolve()
    },
  })
  for (let at = 0; at < 20; at++)
    writer.writePoint(
      new Point('climate')
        .tag('bench', '2')
        .floatField('temp', 20 + at)
        .stringField('state', 'a "b", c')
        .timestamp(1_769_860_800_000 + at),
    )
  await writer.flush()
  const { timestamps, values } = await valuesOf(lab, 'climate/2/temp')
  assert.deepEqual([timestamps.at(-1), values.at(-1), values.length], [1_769_860_800.019, '39', 9])
  assert.equal((await lab.get('/resources/lab/house/climate/2/state')).text, 'a "b", c')
  assert.deepEqual(refused, [])
  writer.writeRecord('climate,bench=2 temp=nan 1769860800030\nclimate,bench=2 temp=50 1769860800031')
  await writer.close()
  assert.match(refused[0] ?? '', /partial write: line 1/)
  assert.equal((await lab.get('/resources/lab/house/climate/2/temp')).text, '50')
})

test('version 1: a database is asked for, and points are written', async (t) => {
  const lab = await startLab(t)
  const key = await startHouse(lab)
  const { hostname, port } = new URL(lab.url)
  const influx = new InfluxDB1({ host: hostname, port: Number(port), username: 'any', password: key, database: 'house' })
  await influx.createDatabase('house')
  const [host] = await influx.ping(2_000)
  assert.equal(host?.online, true)
  await influx.writePoints(
    [{ measurement: 'cpu', tags: { host: 'pi' }, fields: { load: 0.5, note: 'calm' }, timestamp: new Date('2026-01-31T12:00:00Z') }],
    { precision: 'ms' },
  )
  assert.deepEqual(await valuesOf(lab, 'cpu/pi/load'), {
    ...(await valuesOf(lab, 'cpu/pi/load')),
    timestamps: [1_769_860_800],
    values: ['0.5'],
  })
  await assert.rejects(
    influx.writePoints([{ measurement: 'cpu', tags: { host: 'pi' }, fields: { load: 'text' }, timestamp: new Date() }]),
    /partial write/,
  )
})
