#!/usr/bin/env node
/**
 * A controller in Node, with the client library: one WebSocket for values out and messages in.
 *
 * Values wait in memory while the server is away and are sent when it is back, with the times at which they were taken. A
 * message `set_interval` to the controller's folder changes how often it measures:
 *
 *   rhizo msg send /lab/shelf set_interval '{"seconds": 2}'
 *
 * Server and key come from RHIZO_SERVER_NAME and RHIZO_SECRET_KEY, or from config.yaml and local.yaml in the current folder.
 * INTERVAL is the seconds from one reading to the next (10), COUNT ends it after so many readings (0: never). With HAS_CLOCK=false, on a
 * machine whose clock is never right, readings get their times by a counter and the server's clock.
 */
import { freemem, loadavg } from 'node:os'
import { Client, Controller } from 'rhizo'

const SEQUENCES = {
  load: { type: 'numeric', decimals: 2 },
  free_memory: { type: 'numeric', units: 'bytes', decimals: 0 },
}

/** Put your sensors here. */
const measure = () => ({ load: Math.round(loadavg()[0] * 100) / 100, free_memory: freemem() })

/** Creates the sequences that are missing. */
async function prepare() {
  const client = await Client.fromSettings()
  const { controller } = await client.whoami()
  if (controller === undefined) throw new Error('The key is not a controller\'s: make one with "rhizo key create --controller /lab/shelf".')
  for (const [name, options] of Object.entries(SEQUENCES)) {
    await client.sequences.create(`${controller.path}/${name}`, options).catch((error) => {
      if (error.code !== 'conflict') throw error
    })
  }
  client.close()
}

let interval = Number(process.env.INTERVAL ?? 10)
const count = Number(process.env.COUNT ?? 0)
let taken = 0
let timer
let ended = false

await prepare()
const controller = await Controller.fromSettings({ version: 'example-1', hasClock: process.env.HAS_CLOCK !== 'false' })
controller.on('disconnect', (reason) => console.error(`${reason.message} ${controller.queued} readings wait.`))
controller.on('refused', (reason) => console.error(`refused: ${reason.message}`))
controller.on('rejected', (reason) => {
  console.error(reason.message)
  process.exit(1)
})
controller.subscribe(
  'self',
  ({ parameters }) => {
    if (!(parameters.seconds > 0)) return
    interval = parameters.seconds
    takeReading()
  },
  { type: 'set_interval' },
)
await controller.connect()

function takeReading() {
  if (ended) return
  clearTimeout(timer)
  for (const [name, value] of Object.entries(measure())) {
    // Don't wait: the queue keeps the value until it is durable, and the event above reports a refusal.
    controller.update(name, value).catch(() => {})
  }
  taken++
  if (taken === count) end()
  else timer = setTimeout(takeReading, interval * 1000)
}

/** Waits for the acks of everything that was sent, so that the exit code tells whether all of it is durable. */
async function end() {
  if (ended) return
  ended = true
  clearTimeout(timer)
  const lost = await controller.close()
  process.exitCode = lost > 0 ? 1 : 0
}

process.on('SIGINT', end)
process.on('SIGTERM', end)
takeReading()
