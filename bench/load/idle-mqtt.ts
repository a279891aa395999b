/**
 * Connects over MQTT, each client with one subscription, and keeps the connections open and idle until its input ends. Argument: a job as
 * JSON. Prints `open N` when all are connected.
 */
import { openMqttSocket } from './mqtt-packets.ts'

export interface IdleMqttJob {
  port: number
  password: string
  filter: string
  count: number
}

const AT_ONCE = 50

const job = JSON.parse(process.argv[2] ?? '') as IdleMqttJob
for (let opened = 0; opened < job.count; opened += AT_ONCE) {
  const some = Array.from({ length: Math.min(AT_ONCE, job.count - opened) }, (_, n) =>
    openMqttSocket({ port: job.port, clientId: `idle-${opened + n}`, password: job.password, filter: job.filter }),
  )
  for (const { socket } of await Promise.all(some)) {
    socket.on('close', () => {
      console.error('The server closed an idle MQTT connection')
      process.exit(1)
    })
  }
}
console.log(`open ${job.count}`)
process.stdin.on('end', () => process.exit(0)).resume()
