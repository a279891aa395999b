/** `?view=audit` of an organization: who did what there. For its admins. */
import type { Resource } from '../../../../src/tree/tree.ts'
import { pageOf } from '../../links.ts'
import type { Page, PageRequest } from '../../page.ts'
import { viewAudit } from '../audit/audit-view.tsx'
import { frameResource } from './resource-frame.tsx'

export async function showOrganizationAudit(request: PageRequest, organization: Resource): Promise<Page> {
  const { refusal, content } = await viewAudit(request, {
    path: pageOf(organization),
    hidden: { view: 'audit' },
    organizationId: organization.id,
  })
  return frameResource(request, organization, { view: 'audit', name: 'Audit', problem: refusal, content: <>{content}</> })
}
