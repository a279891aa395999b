// The lab that check-arm.js lets run: each step looks at what the former ones left, and throws when that is not so.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import mqtt from 'mqtt'
import sharp from 'sharp'
import { WebSocket } from 'ws'

/** More than wait in memory before they are sealed. */
const MANY = 250_000
const PATIENCE_MS = 600_000

/** @param program `node` and `script` @param work a folder for the lab, which is made there again @returns what was seen, a line each */
export async function tellArm({ node, script }, work) {
  const seen = []
  const saw = (text) => {
    seen.push(text)
    process.stderr.write(`  ${text}\n`)
  }
  const folder = join(work, 'lab')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const [port, mqttPort] = [await findPort(), await findPort()]
  const url = `http://127.0.0.1:${port}`
  const env = {
    PATH: process.env.PATH,
    RHIZO_SERVER_SETTINGS: join(folder, 'config.yaml'),
    RHIZO_SERVER_PORT: String(port),
    RHIZO_SERVER_MQTT_TCP_PORT: String(mqttPort),
    XDG_CONFIG_HOME: join(folder, 'profile'),
  }
  // What is emulated takes its time.
  const patience = ['--timeout', String(PATIENCE_MS / 1_000)]
  const rhizo = async (...args) => (await promisify(execFile)(node, [script, ...patience, ...args], { cwd: folder, env })).stdout
  const serve = async () => {
    const server = spawn(node, [script, 'serve', '--json'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(server, 'exit').then(([code, signal]) => assert.fail(`the server ended before it served: ${signal ?? code}`))
    ended.catch(() => {}) // later it may
    await Promise.race([once(createInterface(server.stdout), 'line'), ended])
    return server
  }
  const stop = async (server) => {
    server.kill('SIGTERM')
    assert.deepEqual(await once(server, 'exit'), [0, null], 'SIGTERM ends it with exit code 0')
  }

  const [told] = Object.values(JSON.parse(await run(node, '-p', 'JSON.stringify([`${process.arch}, Node ${process.version}`])')))
  saw(`runs on ${told}; rhizo ${(await rhizo('--version')).trim()}`)
  await rhizo('init-db')
  await rhizo('create-admin', 'ann@example.com:correct-horse-9', '--org', 'lab')
  saw('init-db made settings and database; create-admin hashed a password (argon2)')

  let server = await serve()
  try {
    await rhizo('controller', 'create', '/lab/fridge')
    const { secret_key: key } = JSON.parse(await rhizo('key', 'create', '--controller', '/lab/fridge', '--json'))
    await rhizo('seq', 'create', '/lab/fridge/temperature', '--min-storage-interval', '0')
    const ask = async (path, options = {}) => {
      const reply = await fetch(url + path, { ...options, headers: { authorization: `Bearer ${key}`, ...options.headers } })
      assert.equal(reply.status, 200, `${path}: ${reply.status}`)
      return reply
    }
    const newest = async () => (await (await ask('/api/v1/resources/lab/fridge/temperature?count=3')).json()).values

    await ask('/api/v1/resources', { method: 'PUT', body: new URLSearchParams({ values: '{"/lab/fridge/temperature": 4.1}' }) })
    await sendByWebSocket(url, key)
    await sendByMqtt(mqttPort, key)
    assert.deepEqual(await newest(), ['4.1', '4.2', '4.3'])
    saw('values came by HTTP, WebSocket and MQTT, and are read back')

    const photo = join(folder, 'photo.jpg')
    await sharp({ create: { width: 1200, height: 800, channels: 3, background: '#3a7' } })
      .jpeg()
      .toFile(photo)
    const { format, width } = await sharp(await thumbnailOf(photo, rhizo, ask)).metadata()
    assert.ok(width < 1200, `its thumbnail has ${width} pixels`)
    saw(`a picture of 1200 pixels has a thumbnail of ${width} (${format}, made by sharp there)`)

    await rhizo('seq', 'create', '/lab/fridge/many', '--min-storage-interval', '0', '--max-history', '1000000')
    const start = Date.UTC(2026, 0, 1)
    const lines = Array.from({ length: MANY }, (_, at) => `${new Date(start + at * 1000).toISOString()},${20 + (at % 100) / 10}`)
    writeFileSync(join(folder, 'many.csv'), `time,value\n${lines.join('\n')}\n`)
    await rhizo('seq', 'import', join(folder, 'many.csv'), '/lab/fridge/many')
    const report = async () => JSON.parse(await rhizo('seq', 'info', '/lab/fridge/many', '--json'))
    let now = await report()
    for (let waited = 0; now.blocks === 0; now = await report()) {
      assert.ok((waited += 1_000) < PATIENCE_MS, 'nothing was sealed')
      await pause(1_000)
    }
    saw(`${now.values} values were imported, and sealed into ${now.blocks} blocks of ${now.bytes} bytes`)

    await stop(server)
    server = await serve()
    assert.deepEqual(await newest(), ['4.1', '4.2', '4.3'])
    assert.equal((await report()).values, MANY)
    saw('after SIGTERM (exit code 0) and a second start everything is there')

    const { findings } = JSON.parse(await rhizo('doctor', '--json').catch(({ stdout }) => stdout))
    assert.deepEqual(
      findings.filter(({ severity }) => severity === 'error'),
      [],
    )
    saw(`doctor examined every block and file, and found no error${findings.length > 0 ? ` (${findings.length} warnings)` : ''}`)
    for (const { subject, problem } of findings) saw(`  warning: ${subject} ${problem}`)
    await stop(server)
  } finally {
    server.kill('SIGKILL')
  }
  return seen
}

/**
 * The process that makes thumbnails has a minute for each, and is polite to others: emulated on a busy machine it may not even have started
 * by then. That is no fault of the program, so another picture has another minute.
 */
async function thumbnailOf(photo, rhizo, ask) {
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    const name = `photo-${Date.now()}.jpg`
    await rhizo('put', photo, `/lab/fridge/${name}`)
    const reply = await ask(`/api/v1/resources/lab/fridge/${name}?thumbnail=1`).catch((error) => error)
    if (!(reply instanceof Error)) return Buffer.from(await reply.arrayBuffer())
    if (Date.now() > end) throw reply
  }
}

const run = async (program, ...args) => (await promisify(execFile)(program, args)).stdout

async function findPort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function sendByWebSocket(url, key) {
  const headers = { authorization: `Basic ${Buffer.from(`check:${key}`).toString('base64')}` }
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/websocket`, { headers })
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'update_sequence', id: 1, parameters: { sequence: 'temperature', value: 4.2 } }))
  const [answer] = await once(socket, 'message')
  assert.match(answer.toString(), /ack/)
  socket.terminate()
}

async function sendByMqtt(port, key) {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { username: 'key', password: key })
  await client.publishAsync('lab/fridge', 's,temperature,,4.3', { qos: 1 })
  await client.endAsync()
}
