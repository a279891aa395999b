/**
 * The cost of HTTP alone: Hono parses the same requests as the daemon and answers the same kind of JSON, without callers, resources or a
 * disk. Prints `listening PORT` when it is ready.
 */
import { serve } from '@hono/node-server'
import { Hono, type Context } from 'hono'

const app = new Hono()

/** A value on the wire is a number, or text of a number. */
const isNumeric = (value: unknown): boolean =>
  Number.isFinite(typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : Number.NaN)

const refuse = (c: Context, message: string): Response => c.json({ status: 'error', message }, 400)

app.get('/health', (c) => c.json({ status: 'ok' }))

// Many values: a form with `values`, a JSON object of path to value. It comes first, since the route below matches it too.
app.put('/api/v1/resources', async (c) => {
  const values = JSON.parse(new URLSearchParams(await c.req.text()).get('values') ?? '{}') as Record<string, unknown>
  for (const path in values) if (!path.startsWith('/') || !isNumeric(values[path])) return refuse(c, `${path} is not a number`)
  return c.json({ status: 'ok' })
})

// One value: a form with `data`, base64 of its text.
app.put('/api/v1/resources/*', async (c) => {
  const data = new URLSearchParams(await c.req.text()).get('data')
  if (data === null || !isNumeric(Buffer.from(data, 'base64').toString('utf8'))) return refuse(c, 'data is not a number')
  return c.json({ status: 'ok' })
})

// Many values with their own times: a JSON array.
app.post('/api/v1/sequences/values', async (c) => {
  const values = JSON.parse(await c.req.text()) as { path: string; timestamp: string; value: unknown }[]
  for (const { path, timestamp, value } of values) {
    if (!path.startsWith('/') || typeof timestamp !== 'string' || !isNumeric(value)) return refuse(c, `${path} is not a number`)
  }
  return c.json({ status: 'ok', stored: values.length, repeated: 0, refused: 0, errors: [] })
})

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => console.log(`listening ${port}`))
