/**
 * The cost of MQTT alone: aedes with its in-memory persistence parses the same payloads as the daemon, acknowledges them and passes them
 * on, without callers, resources or a disk. Prints `listening PORT`.
 */
import { Aedes } from 'aedes'
import { createServer } from 'node:net'

/** Whether a payload is a valid `s,NAME,TIMESTAMP,VALUE`. */
function isValue(payload: string): boolean {
  const afterName = payload.indexOf(',', 2)
  const afterTime = payload.indexOf(',', afterName + 1)
  if (!payload.startsWith('s,') || afterName < 3 || afterTime < 0) return false
  const value = payload.slice(afterTime + 1)
  return value !== '' && Number.isFinite(Number(value))
}

const broker = await Aedes.createBroker({
  authorizePublish: (_client, { payload }, done) => done(isValue(payload.toString()) ? null : new Error('not a value')),
})
const server = createServer((socket) => {
  socket.setNoDelay(true)
  broker.handle(socket)
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) console.log(`listening ${address.port}`)
})
