/** The pages of an organization, except for its contents; for its admins. */
import { ORGANIZATION_FOLDER } from '../../../../src/wire/resource-types.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import type { ResourcePage } from '../../page.ts'
import { showOrganizationAudit } from './audit.tsx'
import { dismiss, showLeaving } from './leaving.tsx'
import { changeMembers, showMembers } from './members.tsx'
import { changeOrganizationKeys, showOrganizationKeys } from './organization-keys.tsx'
import { changeQuota, showUsage } from './usage.tsx'

const fits = ({ type }: Resource): boolean => type === ORGANIZATION_FOLDER

export function createOrganizationPages(): ResourcePage[] {
  return [
    { method: 'GET', fits, view: 'members', handle: (request, organization) => showMembers(request, organization) },
    { method: 'POST', fits, view: 'members', handle: changeMembers },
    { method: 'GET', fits, view: 'leaving', handle: (request, organization) => showLeaving(request, organization) },
    { method: 'POST', fits, view: 'leaving', handle: dismiss },
    { method: 'GET', fits, view: 'keys', handle: (request, organization) => showOrganizationKeys(request, organization) },
    { method: 'POST', fits, view: 'keys', handle: changeOrganizationKeys },
    { method: 'GET', fits, view: 'usage', handle: (request, organization) => showUsage(request, organization) },
    { method: 'POST', fits, view: 'usage', handle: changeQuota },
    { method: 'GET', fits, view: 'audit', handle: showOrganizationAudit },
  ]
}
