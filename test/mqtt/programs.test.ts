/** Programs of others against the daemon, as docs/mqtt.md shows them: run where they are installed. */
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startLab, type Lab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { waitFor } from '../support/waiting.ts'

const guide = readFileSync(fileURLToPath(new URL('../../../docs/mqtt.md', import.meta.url)), 'utf8')

/** The first block of code below a heading. */
function snippet(heading: string): string {
  const code = new RegExp(`^## ${heading}$[^]*?^\`\`\`\\w*\\n([^]*?)^\`\`\`$`, 'm').exec(guide)?.[1]
  return code ?? assert.fail(`docs/mqtt.md has no code below "${heading}"`)
}

const works = (program: string, ...args: string[]): boolean => spawnSync(program, args, { stdio: 'ignore' }).status === 0
const noClients =
  spawnSync('mosquitto_pub', ['--version'], { stdio: 'ignore' }).error === undefined
    ? false
    : 'there is no mosquitto_pub on this machine (Debian: apt install mosquitto-clients)'
const python = ['python3', '/usr/bin/python3'].find((program) => works(program, '-c', 'import paho.mqtt.client'))
const noPaho = python === undefined ? 'there is no paho for Python on this machine (Debian: apt install python3-paho-mqtt)' : false

interface Started {
  child: ChildProcess
  closed: Promise<unknown[]>
  said: () => string
}

function start(t: TestContext, program: string, args: string[]): Started {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
  return { child, closed: once(child, 'close'), said: () => text }
}

/** Runs one of the lines of the guide in a shell, on this lab. */
function startLine(t: TestContext, lab: Lab, line: string, key: string, more = ''): Started {
  return start(t, 'sh', [
    '-c',
    `exec ${line.replace('-h lab.local', `-h 127.0.0.1 -p ${lab.daemon.mqttPort}`).replace('KEY', key)} ${more}`,
  ])
}

test('mosquitto_pub stores values, mosquitto_sub follows them and keeps its session', { skip: noClients }, async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  const [store = '', bare = '', follow = '', keep = ''] = snippet('mosquitto clients')
    .trim()
    .split('\n')
    .map((line) => line.replace(/ +#.*/, ''))
  const follower = startLine(t, lab, follow, lab.key)
  await waitFor('it is subscribed', () => lab.daemon.metrics.transport('mqtt').connections === 1)
  const keeper = startLine(t, lab, keep, lab.key, '-C 1')
  for (const line of [store, bare]) {
    const { closed, said } = startLine(t, lab, line, fridge.key)
    assert.deepEqual([(await closed)[0], said()], [0, ''])
  }
  assert.equal((await lab.get('/resources/lab/fridge/temperature')).text, '4.6')
  await waitFor('the follower hears of both', () =>
    /lab\/fridge s,temperature,,4\.5\nlab\/fridge d,temperature,\S+,4\.6\n/.test(follower.said()),
  )
  await keeper.closed
  assert.match(keeper.said(), /^4\.[56]\n$/)
  await startLine(t, lab, store, fridge.key).closed
  const again = startLine(t, lab, keep, lab.key, '-C 1')
  await again.closed
  assert.match(again.said(), /^4\.[56]\n$/, 'what came while it was away')
})

test('a controller made with paho stores values over a WebSocket and hears its setpoint', { skip: noPaho }, async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  await lab.sequence('/lab/fridge/setpoint')
  await lab.put('/resources', { values: { '/lab/fridge/setpoint': 3 } })
  const { hostname, port } = new URL(lab.url)
  const file = join(lab.folder, 'fridge.py')
  writeFileSync(
    file,
    `import sys\nsys.stdout.reconfigure(line_buffering=True)\nserver, port, KEY = '${hostname}', ${port}, '${fridge.key}'\n` +
      `${snippet('Python, paho')}\nprint('stored')\ntime.sleep(600)\n`,
  )
  const panel = await connectDevice(t, lab, lab.key)
  await panel.subscribe('lab/fridge', 1)
  const controller = start(t, python ?? '', [file])
  await waitFor('the value is stored and the setpoint heard', () => {
    assert.equal(controller.child.exitCode, null, controller.said())
    return controller.said().includes('stored\n') && controller.said().includes('lab/fridge/setpoint 3 retained\n')
  })
  assert.equal((await lab.get('/resources/lab/fridge/temperature')).text, '4.5')
  await lab.put('/resources', { values: { '/lab/fridge/setpoint': 5 } })
  await waitFor('the new setpoint is heard', () => controller.said().includes('lab/fridge/setpoint 5 \n'))
  controller.child.kill('SIGKILL')
  await panel.hear('{"gone": {}}')
})
