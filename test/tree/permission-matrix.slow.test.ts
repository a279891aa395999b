/** Who may what: every route, page, type of message and kind of topic, for everybody, in every place; from one model (access-model.ts). */
import assert from 'node:assert/strict'
import test from 'node:test'
import { createRoutes } from '../../daemon/http/routes.ts'
import { pages, resourcePages } from '../../daemon/web/pages.ts'
import { Metrics } from '../../daemon/metrics.ts'
import { clientMessageTypes } from '../../src/wire/client-messages.ts'
import { PLACES, ROLES, mayDo, startMatrix, type Need, type Place, type Role } from '../support/access-model.ts'
import {
  messageRules,
  numberRules,
  organizationRules,
  otherRoutes,
  pageRules,
  personRules,
  placeRules,
  viewRules,
} from '../support/access-routes.ts'
import { toReply } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { basic, connect } from '../support/peer.ts'

/** Why a reply is not what the model says; undefined if it is. */
function differs(mayPass: boolean, status: number, ok: number | undefined, refused: readonly number[] = [403]): string | undefined {
  if (!mayPass) return refused.includes(status) ? undefined : `may not, and got ${status}`
  if (ok !== undefined) return status === ok ? undefined : `may, and got ${status} instead of ${ok}`
  return status === 401 || status === 403 || status >= 500 ? `may, and got ${status}` : undefined
}

test('the model knows every route, page and type of message', () => {
  const known = new Set([placeRules, numberRules, personRules, organizationRules].flatMap((rules) => Object.keys(rules)))
  const routes = createRoutes(new Metrics()).map(({ method, path }) => `${method} ${path}`)
  assert.deepEqual(
    routes.filter((route) => !known.has(route) && !otherRoutes.test(route)),
    [],
    'say in test/support/access-routes.ts who may call them',
  )
  assert.deepEqual(
    [...known].filter((route) => !routes.includes(route)),
    [],
  )
  assert.deepEqual(
    pages.map(({ method, path }) => `${method} ${path}`).filter((page) => !(page in pageRules)),
    [],
    'say who may see these pages',
  )
  assert.deepEqual(
    resourcePages.map(({ view = '' }) => view).filter((view) => !(view in viewRules)),
    [],
    'say who may see these views',
  )
  assert.deepEqual(
    clientMessageTypes.filter((type) => !(type in messageRules)),
    [],
    'say who may send these messages',
  )
})

test('who may call which route of the API, on what, by path and by number', async (t) => {
  const matrix = await startMatrix(t)
  const wrong: string[] = []
  const note = (what: string, role: Role, where: string, difference: string | undefined): void => {
    if (difference !== undefined) wrong.push(`${what} at ${where}: ${role} ${difference}`)
  }
  for (const place of PLACES)
    for (const role of ROLES) {
      const caller = matrix.callers[role]
      for (const [route, rules] of Object.entries(placeRules))
        for (const [at, { needs, ok, refused, call }] of rules.entries())
          note(
            `${route} (${at})`,
            role,
            place.path,
            differs(mayDo(role, needs, place), (await call(caller, place.path, matrix)).status, ok, refused),
          )
      // By number what somebody may not know of does not exist.
      const isKnown = role === 'nobody' || mayDo(role, 'read', place) || mayDo(role, 'admin', place)
      for (const [route, rules] of Object.entries(numberRules))
        for (const { needs, ok, call } of rules) {
          const { status } = await call(caller, place.path, matrix)
          const refused = isKnown || (role === 'fridge' && needs === 'write as a user') ? [403] : [400]
          note(route, role, place.path, differs(mayDo(role, needs, place), status, ok, refused))
        }
    }
  for (const role of ROLES) {
    for (const [route, { needs, ok, call }] of Object.entries(personRules))
      note(route, role, 'the server', differs(mayDo(role, needs), (await call(matrix.callers[role], '', matrix)).status, ok))
    for (const place of [PLACES[0], PLACES[4]] as Place[])
      for (const [route, callFor] of Object.entries(organizationRules)) {
        const organization = `/${place.path.split('/')[1] ?? ''}`
        const { status } = await callFor(matrix.idOf(organization), matrix)(matrix.callers[role])
        note(route, role, organization, differs(mayDo(role, 'admin', place), status, undefined))
      }
  }
  assert.deepEqual(wrong, [])
})

test('a caller without credentials gets one answer, 403, from every route that wants some', async (t) => {
  const { lab } = await startMatrix(t)
  const asked = createRoutes(new Metrics()).filter(({ path }) => path.startsWith('/api/v1/') && !path.startsWith('/api/v1/standby'))
  const strange: string[] = []
  for (const { method, path } of asked) {
    const address = path.replace('/*', '/lab/hidden').replace(/:\w+/g, '999')
    const response = await fetch(lab.url + address, { method })
    await response.body?.cancel()
    if (response.status === 401 || response.status >= 500) strange.push(`${method} ${path} ${response.status}`)
  }
  assert.deepEqual(strange, [])
})

test('who may see which page', async (t) => {
  const matrix = await startMatrix(t)
  const { lab } = matrix
  const wrong: string[] = []
  const ask = async (role: Role, method: string, path: string) => {
    const { key } = matrix.callers[role]
    const response = await fetch(lab.url + path, {
      method,
      redirect: 'manual',
      headers: key === '' ? {} : { authorization: basic(key) },
      ...(method === 'POST' ? { body: new URLSearchParams({ action: 'none' }) } : {}),
    })
    return toReply(response)
  }
  const isSignIn = ({ status, headers }: { status: number; headers: Headers }): boolean =>
    status === 303 && (headers.get('location') ?? '').startsWith('/-/sign-in')
  for (const role of ROLES) {
    for (const [page, need] of Object.entries(pageRules)) {
      const [method = '', path = ''] = page.split(' ')
      const reply = await ask(role, method, path.replace(/:\w+/g, '999'))
      const isAsked = isSignIn(reply) && path !== '/-/sign-out' && !path.endsWith('end-all')
      const problem =
        reply.status >= 500
          ? `got ${reply.status}`
          : need !== 'anybody' && (role === 'nobody' || role === 'fridge')
            ? isAsked || isSignIn(reply)
              ? undefined
              : `got ${reply.status} and was not asked to sign in`
            : need === 'system' && role !== 'system' && reply.status !== 403 && !(role === 'nobody')
              ? `got ${reply.status}`
              : undefined
      if (problem !== undefined) wrong.push(`${page}: ${role} ${problem}`)
    }
    for (const place of PLACES)
      for (const name of ['', '/file.txt', '/num', '/text', '/device'])
        for (const { view = '', method, fits } of resourcePages) {
          const resource = lab.ctx.tree.find(place.path + name)
          if (!resource || !fits(resource) || method === 'POST') continue
          const reply = await ask(role, 'GET', `${place.path}${name}?view=${view}`)
          const may = mayDo(role, 'read', place) || ((view === 'permissions' || view === 'links') && mayDo(role, 'admin', place))
          const need: Need = viewRules[view] ?? 'system'
          const mayAll = may && (need === 'read' || mayDo(role, need, place))
          // Without a key one is asked to sign in; what others may not see is refused.
          const isRefused = role === 'nobody' ? isSignIn(reply) : reply.status === 403
          // Admins know of what they may not read, and so what is wrong with a question.
          const isKnown = mayDo(role, 'admin', place) && reply.status === 400
          const isFine = mayAll ? !isRefused && reply.status < 500 : may ? reply.status < 500 : isRefused || isKnown
          if (!isFine) wrong.push(`${place.path}${name}?view=${view}: ${role} got ${reply.status}`)
        }
  }
  assert.deepEqual(wrong, [])
})

test('who may send which message over a WebSocket, and who hears what', async (t) => {
  const matrix = await startMatrix(t)
  const wrong: string[] = []
  for (const role of ROLES) {
    const peer = await connect(t, matrix.lab, matrix.callers[role].key)
    for (const place of PLACES)
      for (const [type, { need, parameters }] of Object.entries(messageRules)) {
        const { type: answer, parameters: said } = await peer.ask(type, parameters(place.path), { folder: place.path })
        const may = need === undefined ? role === 'fridge' : mayDo(role, need, place)
        // Limits on mails and texts are no matter of permission.
        const isFine = may ? answer === 'ack' || said?.['code'] === 'throttled' : answer === 'error'
        if (!isFine) wrong.push(`${type} at ${place.path}: ${role} got ${answer} ${JSON.stringify(said)}`)
      }
  }
  assert.deepEqual(wrong, [])
})

test('who may publish and subscribe by MQTT, on what', async (t) => {
  const matrix = await startMatrix(t)
  const listener = await connectDevice(t, matrix.lab, matrix.lab.key, { over: 'tcp' })
  await listener.subscribe('#', 1)
  const wrong: string[] = []
  const sent: { tag: string; may: boolean }[] = []
  for (const role of ROLES.filter((one) => one !== 'nobody')) {
    const device = await connectDevice(t, matrix.lab, matrix.callers[role].key, { over: 'tcp' })
    for (const [at, place] of PLACES.entries()) {
      const topic = place.path.slice(1)
      for (const name of [topic, `${topic}/num`, `${topic}/beneath/x`]) {
        const isGranted = (await device.subscribe(name, 1)) !== 128
        if (isGranted !== mayDo(role, 'read', place)) wrong.push(`subscribe to ${name}: ${role} ${isGranted ? 'may' : 'may not'}`)
      }
      const may = mayDo(role, 'write', place)
      for (const [name, payload] of [
        [topic, '{"hello":{"tag":"TAG"}}'],
        [topic, '{"update":{"num":1,"tag":"TAG"}}'],
        [topic, 'd,none,,TAG'],
        [topic, 'd,device,,TAG'],
        [topic, 's,text,,TAG'],
        [`${topic}/text`, 'TAG'],
        [`${topic}/beneath/x`, 'TAG'],
      ] as const) {
        const tag = `${role}-${at}-${sent.length}.`
        await device.publish(name, payload.replace('TAG', tag), { qos: 0 })
        sent.push({ tag, may })
      }
    }
    // Publications of one connection are dealt with in their order.
    const own = PLACES.find((place) => mayDo(role, 'write', place))
    if (!own) continue
    await device.publish(own.path.slice(1), { [`end_${role}`]: {} }, { qos: 1 })
    await listener.hear((message) => message.text.includes(`end_${role}`))
  }
  const heard = listener.texts().join('\n')
  for (const { tag, may } of sent) if (heard.includes(tag) !== may) wrong.push(`${tag} was ${may ? 'lost' : 'heard'}`)
  assert.deepEqual(wrong, [])
})
