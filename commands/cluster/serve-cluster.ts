/** Serves as one of several daemons on one database. */
import { once } from 'node:events'
import type { Daemon } from '../../daemon/daemon.ts'
import type { Log } from '../../src/base/log.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { sentenceOf } from '../support/exit-code.ts'
import type { ServerHeap } from '../support/server-heap.ts'
import type { Session } from '../support/session.ts'
import { complain } from '../support/terminal-text.ts'

export interface ServeCluster {
  readonly session: Session
  readonly settings: Settings
  readonly log: Log
  readonly heap: ServerHeap
}

/** Resolves when it was told to end, and has. @throws Fault invalid when it can't take part as it is set up */
export async function serveCluster({ session, settings, log, heap }: ServeCluster): Promise<void> {
  const [{ ClusterDaemon }, { systemClock }, { offerFirstRun }] = await Promise.all([
    import('../../daemon/cluster-daemon.ts'),
    import('../../src/base/clock.ts'),
    import('../../src/people/first-run.ts'),
  ])
  let fail: (error: Error) => void = () => {}
  const failed = new Promise<never>((_, reject) => (fail = reject))
  // It may come before anybody waits for it.
  failed.catch(() => {})
  const say = (value: object, text: string): void => {
    // Not awaited: who doesn't read it must not keep the server.
    session.out.show(value, text).catch((error: unknown) => log.warn({ err: error }, 'stdout can not be written'))
  }
  const daemon = new ClusterDaemon(settings, {
    clock: systemClock,
    log,
    acquaintance: 'known',
    onFatal: fail,
    onCrowd: heap.crowded,
    onLead: async (leading: Daemon) => {
      const page = await offerFirstRun(leading.context)
      if (page === undefined) return
      const link = (settings.PUBLIC_URL?.replace(/(?<!\/)\/+$/, '') ?? daemon.url) + page
      say({ first_run_url: link }, `Nobody uses it yet. Set it up in a browser with this link, which works once, within a day:\n  ${link}`)
    },
  })
  const reload = (): void => {
    daemon.reload().catch((error: unknown) => log.error({ err: error }, 'could not read the database again'))
  }
  process.on('SIGHUP', reload)
  await daemon.start()
  try {
    heap.letGrow()
    const asked = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
    say({ url: daemon.url, pid: process.pid, cluster: true }, `rhizo serves ${daemon.url} as one of several daemons`)
    await Promise.race([asked, failed])
  } finally {
    process.off('SIGHUP', reload)
    const hurry = (): void => process.exit(1)
    process.on('SIGTERM', hurry)
    process.on('SIGINT', hurry)
    await daemon.stop().catch((error: unknown) => complain(`stopping: ${sentenceOf(error)}`))
    process.off('SIGTERM', hurry)
    process.off('SIGINT', hurry)
  }
}
