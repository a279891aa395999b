/** What systemd hears of a server that it runs. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import test from 'node:test'
import { SystemdNotice } from '../../daemon/systemd.ts'
import { makeFolder } from '../support/outgoing-records.ts'
import { RecordingLog } from '../support/recording-log.ts'

/** Prints each datagram, as node has no such sockets. */
const RECEIVER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('listening', flush=True)
while True: print(s.recv(4096).decode().replace('\\n', ' '), flush=True)
`

const isThere = (command: string): boolean => spawnSync(command, ['--version']).status === 0
const options = isThere('systemd-notify') && isThere('python3') ? {} : { skip: 'systemd-notify or python3 is not there' }

test('systemd hears that the server serves, that it runs, and that it stops', options, async (t) => {
  const socket = join(await makeFolder(t), 'notify')
  const receiver = spawn('python3', ['-c', RECEIVER, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => receiver.kill())
  const lines = createInterface(receiver.stdout)[Symbol.asyncIterator]()
  const next = async (): Promise<string> => String((await lines.next()).value)
  assert.equal(await next(), 'listening')
  const log = new RecordingLog()
  const before = process.env['NOTIFY_SOCKET']
  process.env['NOTIFY_SOCKET'] = socket
  t.after(() => (before === undefined ? delete process.env['NOTIFY_SOCKET'] : (process.env['NOTIFY_SOCKET'] = before)))
  const environment = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '400000' }
  const notice = new SystemdNotice(log, () => false, environment)
  await notice.start()
  // Beside these, the command asks systemd whether it has read them (BARRIER=1).
  const until = async (notice: string): Promise<string> => {
    for (let line = await next(); ; line = await next()) if (line.includes(notice)) return line
  }
  assert.match(await until('READY=1'), new RegExp(`MAINPID=${process.pid}`))
  await until('WATCHDOG=1')
  await until('WATCHDOG=1')
  // A standby that becomes the lab serves on: if it heard of a stop, systemd would end it soon.
  const standby = new SystemdNotice(log, () => true, { NOTIFY_SOCKET: socket })
  await standby.start()
  await until('READY=1')
  await standby.stop()
  const lab = new SystemdNotice(log, () => false, { NOTIFY_SOCKET: socket })
  await lab.start()
  for (let line = ''; !line.includes('READY=1'); line = await next()) assert.doesNotMatch(line, /STOPPING/)
  await notice.stop()
  await until('STOPPING=1')
  assert.deepEqual(log.warnings, [])
  receiver.kill()
  await once(receiver, 'close')
})

test('without systemd nothing is told, and a notice that can not be sent stops nothing', async () => {
  const log = new RecordingLog()
  const alone = new SystemdNotice(log, () => false, {})
  await alone.start()
  await alone.stop()
  assert.deepEqual(log.warnings, [])
})
