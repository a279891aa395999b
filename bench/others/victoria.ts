/** VictoriaMetrics, with InfluxDB's line protocol and its own range queries. */
import { join } from 'node:path'
import { findFreePort } from '../lab.ts'
import type { Other } from './other.ts'
import { ask, settledSize, startServer } from './server.ts'

export const victoria: Other = {
  name: 'VictoriaMetrics',
  command: 'victoria-metrics',
  batch: 20_000,
  start: async () => {
    const port = await findFreePort()
    const server = await startServer('victoria-metrics', port, '/health', (folder) => [
      `-storageDataPath=${join(folder, 'data')}`,
      `-httpListenAddr=127.0.0.1:${port}`,
      '-retentionPeriod=10y',
      '-search.maxSamplesPerQuery=100000000',
      '-search.disableCache=true',
    ])
    const rollUp = async (name: string, start: number, end: number, step: number): Promise<number> => {
      const query = new URLSearchParams({
        query: `${name}_over_time(temperature_value[${step}ms])`,
        start: String((start / 1e6 + step / 1000).toFixed(3)),
        end: String((end / 1e6).toFixed(3)),
        step: `${step}ms`,
        nocache: '1',
      })
      const answer = JSON.parse(await ask(`${server.url}/api/v1/query_range?${query.toString()}`)) as {
        data: { result: { values: unknown[] }[] }
      }
      return answer.data.result[0]?.values.length ?? 0
    }
    return {
      write: async (points) => {
        await ask(`${server.url}/write?precision=ms`, {
          method: 'POST',
          body: points.map(({ time, value }) => `temperature value=${value} ${time / 1000}\n`).join(''),
        })
      },
      settledBytes: async () => {
        // Make what was written visible, and merge it into one part.
        await ask(`${server.url}/internal/force_flush`)
        await ask(`${server.url}/internal/force_merge`)
        return settledSize(join(server.folder, 'data'))
      },
      read: async (start, end, points) => {
        const step = Math.ceil((end - start) / 1000 / points)
        const counts = await Promise.all(['min', 'max', 'avg'].map((name) => rollUp(name, start, end, step)))
        return Math.min(...counts)
      },
      stop: () => server.stop(),
    }
  },
}
