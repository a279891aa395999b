/** What each route of the API, each page and each type of message needs, and a call that shows it. */
import type { Caller, Reply } from './lab.ts'
import { data, type Matrix, type Need } from './access-model.ts'

export interface RouteRule {
  readonly needs: Need
  /** Status of those who may; undefined: any but those of a refusal. */
  readonly ok?: number
  /** Statuses of those who may not; undefined: 403. */
  readonly refused?: readonly number[]
  /** @param path of the place, for rules that are about places; its things are below it */
  readonly call: (caller: Caller, path: string, matrix: Matrix) => Promise<Reply>
}

/** Rules about places, some of them several for one route. */
export const placeRules: Readonly<Record<string, readonly RouteRule[]>> = {
  'GET /api/v1/resources/*': [
    { needs: 'read', ok: 200, call: (c, path) => c.get(`/resources${path}`) },
    { needs: 'read', ok: 200, call: (c, path) => c.get(`/resources${path}/file.txt`, { meta: 1 }) },
    { needs: 'read', ok: 200, call: (c, path) => c.get(`/resources${path}/file.txt`, { revisions: 1 }) },
    { needs: 'to know of it', ok: 404, call: (c, path) => c.get(`/resources${path}/none`) },
    { needs: 'read', ok: 200, call: (c, path) => c.get(`/resources${path}/num`, { count: 5 }) },
    { needs: 'write', ok: 200, call: (c, path) => c.get(`/resources${path}`, { deleted: 1 }) },
    { needs: 'read', ok: 200, call: (c, path, m) => c.get(`/resources${path}`, { ids: m.idOf(`${path}/file.txt`), download: 1 }) },
  ],
  'POST /api/v1/resources': [
    { needs: 'write', ok: 200, call: (c, path) => c.post('/resources', { path, name: 'new', type: 10 }) },
    { needs: 'write', ok: 400, call: (c, path) => c.post('/resources', { path: `${path}/file.txt`, name: 'new', type: 10 }) },
  ],
  'POST /api/v1/resources/*': [
    { needs: 'write', ok: 200, call: (c, path) => c.post(`/resources${path}/made.txt`, { data }) },
    { needs: 'write', ok: 200, call: (c, path) => c.post(`/resources${path}/num`, { data }) },
    { needs: 'write', ok: 400, call: (c, path) => c.post(`/resources${path}/num`) },
    { needs: 'write', ok: 400, call: (c, path) => c.post(`/resources${path}/device`, { data }) },
  ],
  'PUT /api/v1/resources/*': [
    { needs: 'write', ok: 200, call: (c, path) => c.put(`/resources${path}/file.txt`, { data }) },
    { needs: 'write', ok: 200, call: (c, path) => c.put(`/resources${path}`, { user_attributes: {} }) },
    { needs: 'write', ok: 400, call: (c, path) => c.put(`/resources${path}/num`, { status: {} }) },
    { needs: 'write', ok: 400, call: (c, path) => c.put(`/resources${path}/file.txt`, { parent: `${path}/num` }) },
    { needs: 'admin', ok: 200, call: (c, path) => c.put(`/resources${path}/text`, { permissions: null }) },
  ],
  'DELETE /api/v1/resources/*': [
    { needs: 'write', ok: 200, call: (c, path) => c.delete(`/resources${path}/num`, { data_only: 1 }) },
    { needs: 'write', ok: 400, call: (c, path) => c.delete(`/resources${path}/file.txt`, { data_only: 1 }) },
    {
      needs: 'write',
      ok: 200,
      call: async (c, path, { lab }) => {
        const reply = await c.delete(`/resources${path}/file.txt`)
        if (reply.status === 200) await lab.post(`/resources${path}/file.txt`, { undelete: 1 })
        return reply
      },
    },
    {
      // What is deleted keeps its permissions.
      needs: 'write',
      ok: 200,
      call: async (c, path, { lab }) => {
        await lab.delete(`/resources${path}/text`)
        const reply = await c.post(`/resources${path}/text`, { undelete: 1 })
        if (reply.status !== 200) await lab.post(`/resources${path}/text`, { undelete: 1 })
        return reply
      },
    },
  ],
  'PUT /api/v1/resources': [
    {
      needs: 'write',
      ok: 200,
      call: async (c, path) => {
        const reply = await c.put('/resources', { values: { [`${path}/num`]: 1 } })
        // What one may not write is skipped: that it was is the refusal.
        return reply.text.includes('"skipped":[]') ? reply : { ...reply, status: 403 }
      },
    },
  ],
  'POST /api/v1/ingest/*': [{ needs: 'write', ok: 200, call: (c, path) => c.post(`/ingest${path}`, { num: 1 }) }],
  'GET /api/v1/ingest/*': [{ needs: 'write', ok: 200, call: (c, path) => c.get(`/ingest${path}`, { num: 1 }) }],
  'GET /api/v1/sequences/info': [{ needs: 'read', ok: 200, call: (c, path) => c.get('/sequences/info', { path: `${path}/num` }) }],
  'GET /api/v1/sequences/series': [
    { needs: 'read', ok: 200, call: (c, path) => c.get('/sequences/series', { path: `${path}/num`, max_points: 5 }) },
  ],
  'GET /api/v1/sequences/statistics': [
    { needs: 'read', ok: 200, call: (c, path) => c.get('/sequences/statistics', { path: `${path}/num` }) },
  ],
  'GET /api/v1/datasets': [{ needs: 'read', ok: 200, call: (c, path) => c.get('/datasets', { path: `${path}/num` }) }],
  'GET /api/v1/exports': [{ needs: 'read', ok: 200, call: (c, path) => c.get('/exports', { path: `${path}/num` }) }],
  'POST /api/v1/exports': [{ needs: 'read', ok: 200, call: (c, path) => c.post('/exports', { path: `${path}/num` }) }],
  'POST /api/v1/sequences/series': [
    { needs: 'read', ok: 200, call: (c, path) => c.post('/sequences/series', { path: `${path}/num`, max_points: 5 }) },
  ],
  'POST /api/v1/sequences/shift': [
    {
      needs: 'write',
      call: (c, path) =>
        c.post('/sequences/shift', {
          path: `${path}/num`,
          start_timestamp: '2020-01-01T00:00:00Z',
          end_timestamp: '2020-01-02T00:00:00Z',
          by: '1h',
          dry_run: 1,
        }),
    },
  ],
  'GET /api/v1/sequences/masks': [{ needs: 'read', ok: 200, call: (c, path) => c.get('/sequences/masks', { path: `${path}/num` }) }],
  'POST /api/v1/sequences/masks': [
    { needs: 'write', ok: 200, call: (c, path) => c.post('/sequences/masks', { path: `${path}/num`, where: 'value > 1000' }) },
  ],
  'DELETE /api/v1/sequences/masks': [
    { needs: 'write', ok: 404, call: (c, path) => c.delete('/sequences/masks', { path: `${path}/num`, id: 9999 }) },
  ],
  'GET /api/v1/sequences/calibrations': [
    { needs: 'read', ok: 200, call: (c, path) => c.get('/sequences/calibrations', { path: `${path}/num` }) },
  ],
  'POST /api/v1/sequences/calibrations': [
    { needs: 'write', ok: 200, call: (c, path) => c.post('/sequences/calibrations', { path: `${path}/num`, scale: 1 }) },
  ],
  'DELETE /api/v1/sequences/calibrations': [
    { needs: 'write', ok: 404, call: (c, path) => c.delete('/sequences/calibrations', { path: `${path}/num`, id: 9999 }) },
  ],
  'GET /api/v1/notes': [{ needs: 'read', ok: 200, call: (c, path) => c.get('/notes', { path: `${path}/num` }) }],
  'POST /api/v1/notes': [{ needs: 'write', ok: 200, call: (c, path) => c.post('/notes', { path: `${path}/num`, text: 'door open' }) }],
  'GET /api/v1/links': [{ needs: 'write or admin', ok: 200, call: (c, path) => c.get('/links', { path: `${path}/num` }) }],
  'POST /api/v1/links': [{ needs: 'write as a user', ok: 200, call: (c, path) => c.post('/links', { path: `${path}/num` }) }],
  'GET /api/v1/controllers/corrections': [
    { needs: 'read', ok: 200, call: (c, path) => c.get('/controllers/corrections', { path: `${path}/device` }) },
  ],
  'POST /api/v1/controllers/corrections': [
    {
      needs: 'write',
      ok: 404,
      call: (c, path) => c.post('/controllers/corrections', { path: `${path}/device`, since_timestamp: '2026-01-31T15:00:00Z' }),
    },
  ],
  'GET /api/v1/controllers': [{ needs: 'read', ok: 200, call: (c, path) => c.get('/controllers', { path }) }],
  'GET /api/v1/alerts': [{ needs: 'read', ok: 200, call: (c, path) => c.get('/alerts', { path }) }],
  'POST /api/v1/alerts': [
    {
      needs: 'write as a user',
      ok: 409,
      call: (c, path) => c.post('/alerts', { path: `${path}/num`, name: 'high', kind: 'above', value: 5, recipients: 'a@b.cd' }),
    },
  ],
  'PUT /api/v1/alerts': [
    { needs: 'write as a user', ok: 200, call: (c, path) => c.put('/alerts', { path: `${path}/num`, name: 'high', value: 6 }) },
  ],
  'DELETE /api/v1/alerts': [
    { needs: 'write as a user', ok: 404, call: (c, path) => c.delete('/alerts', { path: `${path}/num`, name: 'none' }) },
  ],
  'POST /api/v1/alerts/test': [{ needs: 'write as a user', ok: 400, call: (c, path) => c.post('/alerts/test', { path: `${path}/text` }) }],
  'GET /api/v1/alerts/test': [{ needs: 'read', ok: 200, call: (c, path) => c.get('/alerts/test', { path: `${path}/num`, name: 'high' }) }],
  'GET /api/v1/alerts/history': [{ needs: 'read', ok: 200, call: (c, path) => c.get('/alerts/history', { path }) }],
  'GET /api/v1/alerts/mutes': [{ needs: 'read', ok: 200, call: (c, path) => c.get('/alerts/mutes', { path }) }],
  'POST /api/v1/alerts/mute': [
    { needs: 'write as a user', ok: 200, call: (c, path) => c.post('/alerts/mute', { path, for_seconds: 3_600 }) },
  ],
  'DELETE /api/v1/alerts/mute': [
    { needs: 'write as a user', ok: 404, call: (c, path) => c.delete('/alerts/mute', { path: `${path}/num` }) },
  ],
  'POST /api/v1/alerts/ack': [{ needs: 'write as a user', ok: 404, call: (c, path) => c.post('/alerts/ack', { path }) }],
  'PUT /api/v1/pins/:pin': [{ needs: 'write as a user', call: (c, path) => c.put('/pins/1000', { controller: `${path}/device` }) }],
  'POST /api/v1/messages': [
    { needs: 'write', ok: 200, refused: [403, 404], call: (c, path) => c.post('/messages', { folder_path: path, type: 'hello' }) },
    {
      needs: 'write',
      ok: 200,
      refused: [403, 404],
      call: (c, path) => c.post('/messages', { folder_path: path, type: 'update', parameters: { num: 1 } }),
    },
  ],
}

/** By number: those who may know of the controller, and the others, to whom it does not exist. */
export const numberRules: Readonly<Record<string, readonly RouteRule[]>> = {
  'GET /api/v1/keys': [
    { needs: 'write', ok: 200, call: (c, path, m) => c.get('/keys', { access_as_controller_id: m.idOf(`${path}/device`) }) },
  ],
  'POST /api/v1/keys': [
    { needs: 'write as a user', ok: 200, call: (c, path, m) => c.post('/keys', { access_as_controller_id: m.idOf(`${path}/device`) }) },
  ],
}

const at = (method: 'get' | 'post' | 'put' | 'delete', path: string, parameters?: Record<string, unknown>) => (c: Caller) =>
  c[method](path, parameters)
const rule = (needs: Need, call: RouteRule['call']): RouteRule => ({ needs, call })
/** Routes that need who somebody is. */
export const personRules: Readonly<Record<string, RouteRule>> = {
  'GET /api/v1/resources': rule('known', at('get', '/resources')),
  'GET /api/v1/system/stats': rule('system', at('get', '/system/stats')),
  'GET /api/v1/search': rule('known', at('get', '/search', { q: 'x' })),
  'POST /api/v1/sequences/values': rule('known', at('post', '/sequences/values', { values: [] })),
  'GET /api/v1/users': rule('system', at('get', '/users')),
  'POST /api/v1/users': rule('system', at('post', '/users', { email_address: 'x', password: 'short' })),
  'GET /api/v1/users/:id': rule('system', (c, _path, m) => c.get(`/users/${m.users.member + 500}`)),
  'PUT /api/v1/users/:id': rule('system', (c, _path, m) => c.put(`/users/${m.users.member + 500}`, { full_name: 'x' })),
  'DELETE /api/v1/users/:id': rule('system', at('delete', '/users/999')),
  'GET /api/v1/organizations': rule('user', at('get', '/organizations')),
  'POST /api/v1/organizations': rule('system', at('post', '/organizations', { full_name: 'x', folder_name: 'lab' })),
  'PUT /api/v1/organizations/:id/quota': rule('system', (c, _path, m) => c.put(`/organizations/${m.idOf('/lab')}/quota`)),
  'POST /api/v1/account-requests': rule('anybody', at('post', '/account-requests/NONE', { password: 'x' })),
  'GET /api/v1/account-requests/:code': rule('anybody', at('get', '/account-requests/NONE')),
  'POST /api/v1/account-requests/:code': rule('anybody', at('post', '/account-requests/NONE', { password: 'x' })),
  'POST /api/v1/password-resets': rule('anybody', at('post', '/password-resets', { email_address: 'a@b.cd' })),
  'GET /api/v1/password-resets/:code': rule('anybody', at('get', '/password-resets/NONE')),
  'POST /api/v1/password-resets/:code': rule('anybody', at('post', '/password-resets/NONE', { password: 'x' })),
  'POST /api/v1/sessions': rule('anybody', at('get', '/time')),
  'GET /api/v1/sessions': rule('person', at('get', '/sessions')),
  'DELETE /api/v1/sessions': rule('person', at('delete', '/sessions', { all: 1 })),
  'DELETE /api/v1/sessions/:id': rule('person', at('delete', '/sessions/999')),
  'GET /api/v1/whoami': rule('anybody', at('get', '/whoami')),
  'DELETE /api/v1/links/:id': rule('anybody', at('delete', '/links/9999')),
  'DELETE /api/v1/keys/:id': rule('user', at('delete', '/keys/9999')),
  'POST /api/v1/pins': rule('anybody', at('post', '/pins')),
  'GET /api/v1/pins/:pin': rule('anybody', at('get', '/pins/1', { pin_code: 'x' })),
  'GET /api/v1/notifications': rule('system', at('get', '/notifications')),
  'POST /api/v1/notifications': rule('system', at('post', '/notifications', { recipient: 'x' })),
  'GET /api/v1/notifications/:id': rule('system', at('get', '/notifications/999')),
  'POST /api/v1/notifications/:id': rule('system', at('post', '/notifications/999')),
  'DELETE /api/v1/notifications/:id': rule('system', at('delete', '/notifications/999')),
  'GET /api/v1/time': rule('anybody', at('get', '/time')),
  'GET /api/v1/clock': rule('system', at('get', '/clock')),
  'PUT /api/v1/clock': rule('system', at('put', '/clock', { confirm: 1 })),
  'GET /api/v1/clock/stretches': rule('system', at('get', '/clock/stretches')),
  'POST /api/v1/clock/stretches/:id': rule('system', at('post', '/clock/stretches/999')),
  'GET /api/v1/ext/*': rule('anybody', at('get', '/ext/none')),
  'POST /api/v1/ext/*': rule('anybody', at('post', '/ext/none')),
  'PUT /api/v1/ext/*': rule('anybody', at('put', '/ext/none')),
  'DELETE /api/v1/ext/*': rule('anybody', at('delete', '/ext/none')),
  'GET /api/v1/openapi.json': rule('anybody', at('get', '/openapi.json')),
  'GET /api/v1/docs': rule('anybody', at('get', '/docs')),
}

/** Routes for admins of an organization: each for /lab and for /rival. */
export const organizationRules: Readonly<Record<string, (id: number, m: Matrix) => (c: Caller) => Promise<Reply>>> = {
  'GET /api/v1/organizations/:id/users': (id) => at('get', `/organizations/${id}/users`),
  'GET /api/v1/organizations/:id/users/:user': (id, m) => at('get', `/organizations/${id}/users/${m.users.member}`),
  'PUT /api/v1/organizations/:id/users/:user': (id) => at('put', `/organizations/${id}/users/999`, { is_admin: 0 }),
  'DELETE /api/v1/organizations/:id/users/:user': (id) => at('delete', `/organizations/${id}/users/999`),
  'GET /api/v1/organizations/:id/users/:user/keys': (id, m) => at('get', `/organizations/${id}/users/${m.users.member}/keys`),
  'DELETE /api/v1/organizations/:id/users/:user/keys': (id) => at('delete', `/organizations/${id}/users/999/keys`),
  'GET /api/v1/organizations/:id/quota': (id) => at('get', `/organizations/${id}/quota`),
  'GET /api/v1/organizations/:id/invitations': (id) => at('get', `/organizations/${id}/invitations`),
  'POST /api/v1/organizations/:id/invitations/:invitation': (id) => at('post', `/organizations/${id}/invitations/999`),
  'DELETE /api/v1/organizations/:id/invitations/:invitation': (id) => at('delete', `/organizations/${id}/invitations/999`),
  'POST /api/v1/organizations/:id/users': (id) => at('post', `/organizations/${id}/users`, { email_address: 'not an address' }),
}

/**
 * Checked by tests of their own: the standby, the line protocol, stations that bring the secret of a folder, imports, single notes, second
 * factors and the audit trail. What is the machine's needs no key.
 */
export const otherRoutes = new RegExp(
  '^[A-Z]+ /(?:(?:health|metrics|metrics/values|api/prometheus/.*|write|api/v2/write|ping|query|' +
    'weatherstation/updateweatherstation\\.php)$|' +
    'api/v1/(?:standby|imports|notes/:id|second-factors|audit|sessions/confirm|sessions/passkey|sessions/mqtt-token|' +
    'push-devices|users/:id/second))',
)

/** What pages of the program need. */
export const pageRules: Readonly<Record<string, Need>> = Object.fromEntries(
  Object.entries({
    anybody:
      'GET /, GET /-/sign-in, GET /-/sign-in/:token, POST /-/sign-in, POST /sign-in, POST /-/theme, ' +
      'GET /-/first-run/:token, POST /-/first-run/:token, ' +
      'GET /-/invitations, GET /-/invitations/:code, POST /-/invitations/:code, GET /-/sign-up/:code, POST /-/sign-up/:code, ' +
      'GET /-/sign-up, POST /-/sign-up, ' +
      'GET /-/forgotten-password, POST /-/forgotten-password, GET /-/new-password, GET /-/new-password/:code, POST /-/new-password, ' +
      'GET /-/trends, GET /-/shared/:secret, GET /-/ext/*, GET /-/pages, GET /-/pages/*, GET /-/docs, GET /-/docs/*',
    user:
      'POST /-/sign-out, GET /-/connect, POST /-/connect, GET /-/settings, POST /-/settings/profile, ' +
      'POST /-/settings/units, POST /-/settings/password, ' +
      'POST /-/settings/keys, POST /-/settings/keys/revoke, POST /-/settings/sessions/end, POST /-/settings/sessions/end-all, ' +
      'POST /-/settings/devices/test, POST /-/settings/devices/remove, ' +
      'GET /-/confirm, POST /-/confirm, GET /-/second-factors, POST /-/second-factors, ' +
      'GET /-/chartable, POST /-/favourites, GET /search, GET /-/controllers, POST /-/controllers, GET /-/alerts, POST /-/alerts',
    system:
      'POST /-/home, GET /-/system, GET /-/system/users, POST /-/system/users, GET /-/system/users/:id, POST /-/system/users/:id, ' +
      'GET /-/system/organizations, POST /-/system/organizations, GET /-/system/keys, POST /-/system/keys, GET /-/system/messages, ' +
      'POST /-/system/messages, GET /-/system/messages/:id, POST /-/system/messages/:id, GET /-/system/settings, ' +
      'GET /-/system/extensions, POST /-/system/extensions, POST /-/system/clock, ' +
      'GET /-/system/log, GET /-/system/audit',
  } as const).flatMap(([need, list]) => list.split(', ').map((page): [string, Need] => [page, need as Need])),
)

/** What pages of resources need, by `?view=`. */
export const viewRules: Readonly<Record<string, Need>> = {
  '': 'read',
  tiles: 'read',
  members: 'admin',
  leaving: 'admin',
  keys: 'write',
  usage: 'admin',
  audit: 'admin',
  permissions: 'read',
  links: 'write or admin',
  cite: 'read',
  alerts: 'read',
  alert: 'write as a user',
  state: 'read',
  watching: 'read',
  messages: 'write',
  raw: 'read',
  edit: 'write',
  revisions: 'read',
  compare: 'read',
  points: 'read',
  lines: 'read',
  groups: 'read',
  states: 'read',
  images: 'read',
  contents: 'read',
  tree: 'read',
  devices: 'write',
}

/** What types of messages need over a WebSocket; undefined: only controllers may. */
export const messageRules: Readonly<Record<string, { need: Need | undefined; parameters: (path: string) => object }>> = {
  subscribe: { need: 'read', parameters: (path) => ({ subscriptions: [{ folder: path }] }) },
  update_sequence: { need: 'write', parameters: (path) => ({ sequence: `${path}/num`, value: 1 }) },
  updateSequence: { need: 'write', parameters: (path) => ({ sequence: `${path}/num`, value: 1 }) },
  setNode: { need: 'write', parameters: (path) => ({ node: `${path}/num`, value: 1 }) },
  update: { need: 'write', parameters: () => ({ num: 1 }) },
  write_resource: { need: 'write', parameters: (path) => ({ path: `${path}/num`, data: '1' }) },
  writeResource: { need: 'write', parameters: (path) => ({ path: `${path}/num`, data: '1' }) },
  hello: { need: 'write', parameters: () => ({}) },
  ping: { need: 'anybody', parameters: () => ({}) },
  connect: { need: 'anybody', parameters: () => ({}) },
  add_note: { need: 'write', parameters: (path) => ({ path: `${path}/num`, text: 'door open' }) },
  watchdog: { need: undefined, parameters: () => ({}) },
  send_email: { need: undefined, parameters: () => ({ email_addresses: 'a@b.cd', subject: 'x', body: 'x' }) },
  sendEmail: { need: undefined, parameters: () => ({ emailAddresses: 'a@b.cd', subject: 'x', body: 'x' }) },
  send_text_message: { need: undefined, parameters: () => ({ phone_numbers: '+15551234567', message: 'x' }) },
  sendTextMessage: { need: undefined, parameters: () => ({ phoneNumbers: '+15551234567', message: 'x' }) },
  send_sms: { need: undefined, parameters: () => ({ phone_numbers: '+15551234567', message: 'x' }) },
}
