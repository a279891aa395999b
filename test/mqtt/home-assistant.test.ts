/** Home Assistant's MQTT discovery: what is announced to which keys, and that it follows the tree. The client subscribes as it does. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { FakeClock, startLab } from '../support/lab.ts'
import { connectDevice, type Device } from '../support/mqtt-client.ts'
import { waitFor } from '../support/waiting.ts'
import { IMAGE, TEXT } from '../../src/wire/resource-types.ts'

interface Config {
  name: string
  unique_id: string
  state_topic: string
  availability_topic?: string
  device: { identifiers: string[]; name: string; configuration_url?: string }
  [member: string]: unknown
}

const isConfig = (topic: string): boolean => /^homeassistant\/(?:binary_)?sensor\/[\w-]+\/config$/.test(topic)

/** The newest announcement of each topic; '' where it ended. */
function configs({ heard }: Device): Map<string, Config | ''> {
  return new Map(
    heard.filter(({ topic }) => isConfig(topic)).map(({ topic, text }) => [topic, text === '' ? '' : (JSON.parse(text) as Config)]),
  )
}

const ofState = (device: Device, stateTopic: string): Config | undefined =>
  [...configs(device).values()].find((one): one is Config => one !== '' && one.state_topic === stateTopic)

async function subscribeAsHomeAssistant(device: Device): Promise<void> {
  for (const kind of ['sensor', 'binary_sensor', 'light'])
    for (const filter of [`homeassistant/${kind}/+/config`, `homeassistant/${kind}/+/+/config`])
      assert.equal(await device.subscribe(filter, 0), 0, filter)
  // It says that it has started.
  await device.publish('homeassistant/status', 'online', { qos: 0, retain: true })
}

test('sequences and controllers are announced to the keys that may read them, with units, kind, device and availability', async (t) => {
  const settings = { HOME_ASSISTANT_DISCOVERY: true, PUBLIC_URL: 'https://lab.example' }
  const lab = await startLab(t, { mqtt: true, settings })
  const fridge = await lab.controller('fridge')
  await lab.controller('secret')
  await lab.sequence('/lab/fridge/temperature', undefined, { units: 'C', decimal_places: 1 })
  await lab.sequence('/lab/fridge/humidity', undefined, { units: '%' })
  await lab.sequence('/lab/fridge/odd', undefined, { units: 'furlong' })
  await lab.sequence('/lab/fridge/state', TEXT)
  await lab.sequence('/lab/fridge/camera', IMAGE)
  await lab.sequence('/lab/secret/password')
  await lab.put('/resources/lab/secret', { permissions: [[110, lab.organization.id, 0]] })
  await lab.put('/resources', { values: JSON.stringify({ '/lab/fridge/temperature': 4.5 }) })
  const member = await lab.user('ann@example.com')

  const home = await connectDevice(t, lab, member.key, { over: 'tcp' })
  await subscribeAsHomeAssistant(home)
  await waitFor('all are announced', () => ofState(home, 'lab/fridge/state') !== undefined)
  const temperature = ofState(home, 'lab/fridge/temperature')
  assert.ok(temperature)
  const { device, origin, unique_id: id, ...rest } = temperature
  assert.match(id, /^rhizo_[\w-]{8}_\d+$/)
  assert.equal((origin as { name: string }).name, 'rhizo')
  assert.deepEqual([device.name, device.configuration_url], ['lab/fridge', 'https://lab.example/lab/fridge'])
  assert.deepEqual(rest, {
    name: 'temperature',
    qos: 1,
    state_topic: 'lab/fridge/temperature',
    unit_of_measurement: '°C',
    device_class: 'temperature',
    state_class: 'measurement',
    suggested_display_precision: 1,
    availability_topic: `homeassistant/rhizo/${String(device.identifiers[0])}/availability`,
    payload_available: 'online',
    payload_not_available: 'offline',
  })
  const kinds = ['humidity', 'odd', 'state'].map((name) => {
    const found = ofState(home, `lab/fridge/${name}`)
    return [found?.['unit_of_measurement'], found?.['device_class'], found?.['state_class']]
  })
  assert.deepEqual(kinds, [
    ['%', 'humidity', 'measurement'],
    ['furlong', undefined, 'measurement'],
    [undefined, undefined, undefined],
  ])
  const topics = [...configs(home).values()].flatMap((one) => (one === '' ? [] : [one.state_topic]))
  assert.ok(!topics.some((topic) => /secret|camera/.test(topic)), topics.join())
  assert.ok(home.heard.filter(({ topic }) => isConfig(topic)).every(({ retain }) => retain))

  // It follows what it was told: the state is there at once, and the controller is online while it is connected.
  await home.subscribe(temperature.state_topic, 1)
  await home.hear(({ topic, text }) => topic === 'lab/fridge/temperature' && text === '4.5')
  await home.subscribe(temperature.availability_topic ?? '', 1)
  await home.hear(({ topic, text }) => topic === temperature.availability_topic && text === 'offline')
  await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  const again = await connectDevice(t, lab, member.key, { over: 'tcp' })
  await again.subscribe(temperature.availability_topic ?? '', 1)
  await again.hear('online')
})

test('what is made, renamed and removed is told at once, under the same id; who may not read it hears nothing', async (t) => {
  const lab = await startLab(t, { mqtt: true, settings: { HOME_ASSISTANT_DISCOVERY: true } })
  await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  const [home, stranger] = [
    await connectDevice(t, lab, lab.key, { over: 'tcp' }),
    await connectDevice(t, lab, (await lab.user('eve@example.com', { member: false })).key, { over: 'tcp' }),
  ]
  for (const device of [home, stranger]) await subscribeAsHomeAssistant(device)
  await waitFor('it is announced', () => ofState(home, 'lab/fridge/temperature') !== undefined)
  const id = ofState(home, 'lab/fridge/temperature')?.unique_id

  assert.equal((await lab.put('/resources/lab/fridge', { name: 'freezer' })).status, 200)
  await waitFor('its topic is the new one', () => ofState(home, 'lab/freezer/temperature')?.unique_id === id)
  assert.equal(ofState(home, 'lab/fridge/temperature'), undefined)
  const made = { path: '/lab/freezer', name: 'door', type: 'sequence', data_type: 1 }
  assert.equal((await lab.post('/resources', made)).status, 200)
  await waitFor('a new one is told', () => ofState(home, 'lab/freezer/door') !== undefined)
  assert.equal((await lab.delete('/resources/lab/freezer/temperature')).status, 200)
  await waitFor('a removed one ends', () => [...configs(home).entries()].some(([topic, one]) => topic.includes(id ?? '-') && one === ''))
  assert.equal((await lab.delete('/resources/lab/freezer')).status, 200)
  await waitFor('so does all that was in a folder', () => ofState(home, 'lab/freezer/door') === undefined)
  assert.deepEqual(stranger.heard, [])
})

test('the end of what one may not read is told to nobody who may read only the folder that it was in', async (t) => {
  const lab = await startLab(t, { mqtt: true, settings: { HOME_ASSISTANT_DISCOVERY: true } })
  await lab.sequence('/lab/open')
  await lab.sequence('/lab/hidden')
  await lab.put('/resources/lab/hidden', { permissions: [[110, lab.organization.id, 0]] })
  const member = await lab.user('ann@example.com')
  const [home, members] = [await connectDevice(t, lab, lab.key, { over: 'tcp' }), await connectDevice(t, lab, member.key, { over: 'tcp' })]
  for (const device of [home, members]) await subscribeAsHomeAssistant(device)
  await waitFor('both are announced', () => ofState(home, 'lab/hidden') !== undefined && ofState(members, 'lab/open') !== undefined)
  assert.equal(ofState(members, 'lab/hidden'), undefined)
  assert.equal((await lab.delete('/resources/lab/hidden')).status, 200)
  assert.equal((await lab.delete('/resources/lab/open')).status, 200)
  const ended = (device: Device): number => [...configs(device).values()].filter((one) => one === '').length
  await waitFor('the admin hears of both', () => ended(home) === 2)
  await waitFor('the member hears of the other', () => ended(members) > 0)
  assert.equal(ended(members), 1)
})

test('a controller that is silent for longer than its watchdog takes, or an hour without one, is offline', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { mqtt: true, clock, settings: { HOME_ASSISTANT_DISCOVERY: true } })
  const [watched, plain] = [await lab.controller('watched'), await lab.controller('plain')]
  await lab.put('/resources/lab/watched', {
    system_attributes: { watchdog_minutes: 10, watchdog_recipients: 'ann@example.com' },
  })
  for (const { key, path } of [watched, plain]) await lab.as(key).get(`/resources${path}`, { meta: 1 })
  const home = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  assert.equal(await home.subscribe('homeassistant/rhizo/+/availability', 1), 1)
  const states = (): string[] => [...new Map(home.heard.map(({ topic, text }) => [topic, text])).values()]
  await waitFor('both are there', () => states().join() === 'online,online')
  clock.advance(11 * 60)
  await lab.daemon.runWorkers()
  await waitFor('the watched one is offline', () => states().sort().join() === 'offline,online')
  clock.advance(60 * 60)
  await lab.daemon.runWorkers()
  await waitFor('both are offline', () => states().join() === 'offline,offline')
})

test('without the setting nothing is announced, and an organization of that name keeps its topics', async (t) => {
  const off = await startLab(t, { mqtt: true })
  const device = await connectDevice(t, off, off.key, { over: 'tcp' })
  assert.equal(await device.subscribe('homeassistant/sensor/+/config'), 128)

  const lab = await startLab(t, { mqtt: true, settings: { HOME_ASSISTANT_DISCOVERY: true } })
  await lab.sequence('/lab/temperature')
  assert.equal((await lab.post('/organizations', { full_name: 'Home', folder_name: 'homeassistant' })).status, 200)
  const home = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  await home.publish('homeassistant/sensor/esp/config', '{"name":"of a device"}', { retain: true })
  await home.subscribe('homeassistant/sensor/+/config', 1)
  await home.hear('{"name":"of a device"}')
  assert.equal(home.heard.length, 1)
})
