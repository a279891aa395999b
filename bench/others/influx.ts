/** InfluxDB 1, with its line protocol and its query language. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findFreePort } from '../lab.ts'
import type { Other } from './other.ts'
import { ask, settledSize, startServer } from './server.ts'

export const influx: Other = {
  name: 'InfluxDB',
  command: 'influxd',
  batch: 20_000,
  start: async () => {
    const [port, rpc] = [await findFreePort(), await findFreePort()]
    const server = await startServer('influxd', port, '/ping', (folder) => {
      const file = join(folder, 'influxdb.conf')
      const place = (name: string): string => JSON.stringify(join(folder, 'data', name))
      const lines = [
        'reporting-disabled = true',
        `bind-address = "127.0.0.1:${rpc}"`,
        `[meta]\ndir = ${place('meta')}`,
        `[data]\ndir = ${place('data')}\nwal-dir = ${place('wal')}`,
        `[http]\nbind-address = "127.0.0.1:${port}"\nlog-enabled = false`,
      ]
      writeFileSync(file, lines.join('\n'))
      return ['-config', file]
    })
    const query = (text: string): Promise<string> =>
      ask(`${server.url}/query`, { method: 'POST', body: new URLSearchParams({ db: 'bench', epoch: 'ms', q: text }) })
    await query('create database bench')
    return {
      write: async (points) => {
        await ask(`${server.url}/write?db=bench&precision=ms`, {
          method: 'POST',
          body: points.map(({ time, value }) => `temperature value=${value} ${time / 1000}\n`).join(''),
        })
      },
      settledBytes: () => settledSize(join(server.folder, 'data')),
      read: async (start, end, points) => {
        const bucket = Math.ceil((end - start) / 1000 / points)
        const answer = JSON.parse(
          await query(
            `select min(value), max(value), mean(value) from temperature where time >= ${start / 1000}ms and time <= ` +
              `${end / 1000}ms group by time(${bucket}ms)`,
          ),
        ) as { results: { series?: { values: unknown[] }[] }[] }
        return answer.results[0]?.series?.[0]?.values.length ?? 0
      },
      stop: () => server.stop(),
    }
  },
}
