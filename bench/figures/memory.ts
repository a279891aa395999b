/** Resident memory of the daemon: idle, and with 2,000 idle WebSockets. */
import type { Figure, Measurement } from '../figure.ts'
import { websocketPath, withLab, type Lab } from '../lab.ts'
import type { IdleJob } from '../load/idle-sockets.ts'
import { residentMegabytes, startBare, startIdle } from '../processes.ts'

const SOCKETS = 2_000

async function growth(pid: number, job: IdleJob): Promise<{ before: number; more: number }> {
  const before = await residentMegabytes(pid)
  const sockets = await startIdle(job)
  const more = (await residentMegabytes(pid)) - before
  await sockets.stop()
  return { before, more }
}

async function measureMemory(lab: Lab): Promise<Measurement[]> {
  const job = { path: websocketPath, authorization: lab.userAuthorization, folder: lab.controller, count: SOCKETS }
  const ours = await growth(lab.pid, { ...job, port: lab.port })
  const hono = await startBare('bare-hono')
  const idleHono = await residentMegabytes(hono.pid)
  await hono.stop()
  const ws = await startBare('bare-ws')
  const bare = await growth(ws.pid, { ...job, port: ws.port })
  await ws.stop()
  return [
    {
      name: 'memory-idle',
      title: 'idle memory',
      unit: 'MB',
      figure: ours.before,
      bare: idleHono,
      ratio: ours.before / idleHono,
      aim: { of: 'figure', atMost: 90 },
      note: 'bare: Hono',
    },
    {
      name: 'memory-sockets',
      title: `memory more with ${SOCKETS} idle WebSockets`,
      unit: 'MB',
      figure: ours.more,
      bare: bare.more,
      ratio: ours.more / bare.more,
      aim: { of: 'figure', atMost: 60 },
      note: 'one subscription each; bare: ws',
    },
  ]
}

export const memoryFigures: Figure[] = [{ name: 'memory', measure: () => withLab({ sequences: 1 }, async (lab) => measureMemory(lab)) }]
