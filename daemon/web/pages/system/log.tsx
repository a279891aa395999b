/** `/-/system/log`: what the server itself did and noticed. */
import { findWorkerLog } from '../../../../src/notifications/worker-log.ts'
import { Card } from '../../components/basics.tsx'
import { LogLines, readLogLines } from '../../components/log-lines.tsx'
import type { Page, PageRequest } from '../../page.ts'
import { frameSystem } from './system-frame.tsx'

const LINES = 500

export async function showLog({ ctx, actor }: PageRequest): Promise<Page> {
  const log = findWorkerLog(ctx, actor)
  const lines = await readLogLines(ctx, actor, log, LINES)
  return frameSystem('Log', {
    script: 'log',
    lead: 'What the server did and noticed by itself: controllers that fell silent, alerts, mail that was given up, what was purged',
    content: (
      <Card title="Newest lines">
        <LogLines sequence={log} lines={lines} />
      </Card>
    ),
  })
}
