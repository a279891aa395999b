/** Real S3 servers for tests: s3rver, which checks signatures, and Moto, which knows all of uploads in parts, where it is installed. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import S3rver from '@20minutes/s3rver'
import { S3Client, type Patience } from '../../src/storage/s3/s3-client.ts'
import type { S3Place } from '../../src/storage/s3/s3-place.ts'
import { makeFolder } from './outgoing-records.ts'

export const BUCKET = 'lab-files'

/** For the `skip` of a test: false where there is one. */
export const noMoto =
  spawnSync('moto_server', ['--help'], { stdio: 'ignore' }).status === 0
    ? false
    : 'there is no moto_server on this machine (pip install moto[server])'

/** Waits little, so that failures are seen soon. */
export const IMPATIENT: Patience = { attempts: 3, pauseMs: 5, answerMs: 1_500, slowest: 1_000_000 }

export type StartS3 = (t: TestContext) => Promise<S3Place>

export async function startS3(t: TestContext): Promise<S3Place> {
  const directory = await makeFolder(t)
  const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets: [{ name: BUCKET }] })
  const { port } = await server.run()
  t.after(() => server.close())
  return placeAt(port)
}

export async function startMoto(t: TestContext): Promise<S3Place> {
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'ignore', 'pipe'] })
  t.after(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  for await (const line of createInterface({ input: child.stderr })) {
    const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1]
    if (port === undefined) continue
    child.stderr.resume()
    const place = placeAt(Number(port))
    await fetch(`${place.endpoint}/${BUCKET}`, { method: 'PUT' })
    return place
  }
  throw new Error('moto_server ended before it listened')
}

const placeAt = (port: number): S3Place => ({
  endpoint: `http://127.0.0.1:${port}`,
  region: 'us-east-1',
  bucket: BUCKET,
  accessKey: 'S3RVER',
  secretKey: 'S3RVER',
  isPathStyle: true,
  prefix: 'greenhouse',
})

export const impatientClient = (place: S3Place): S3Client => new S3Client(place, IMPATIENT)
