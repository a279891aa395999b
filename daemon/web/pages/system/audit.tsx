/** `/-/system/audit`: who did what on this server. */
import { httpStatusOf } from '../../../../src/base/fault.ts'
import type { Page, PageRequest } from '../../page.ts'
import { viewAudit } from '../audit/audit-view.tsx'
import { frameSystem } from './system-frame.tsx'

export async function showAudit(request: PageRequest): Promise<Page> {
  const { refusal, content } = await viewAudit(request, { path: '/-/system/audit' })
  return frameSystem('Audit', {
    wide: true,
    lead: 'Who did what, to whom, from where',
    ...(refusal === undefined ? {} : { status: httpStatusOf[refusal.fault.code] }),
    content: <>{content}</>,
  })
}
