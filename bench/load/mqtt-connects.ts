/** Connects over MQTT, several clients at a time, and disconnects at once. Argument: a job as JSON; output: its result as JSON. */
import { openMqttSocket } from './mqtt-packets.ts'

export interface ConnectJob {
  port: number
  password: string
  /** Connections at the same time. */
  connections: number
  seconds: number
}

export interface ConnectResult {
  connectsPerSecond: number
}

const job = JSON.parse(process.argv[2] ?? '') as ConnectJob
const began = performance.now()
const until = began + job.seconds * 1000
let connects = 0

async function comeAndGo(clientId: string): Promise<void> {
  while (performance.now() < until) {
    const { socket } = await openMqttSocket({ port: job.port, clientId, password: job.password })
    const closed = new Promise((resolve) => socket.once('close', resolve))
    // DISCONNECT
    socket.end(Buffer.from([0xe0, 0]))
    connects++
    await closed
  }
}

await Promise.all(Array.from({ length: job.connections }, (_, n) => comeAndGo(`comer-${n}`)))
console.log(JSON.stringify({ connectsPerSecond: connects / ((performance.now() - began) / 1000) } satisfies ConnectResult))
process.exit(0)
