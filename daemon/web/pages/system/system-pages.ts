/** The pages for administrators of the server. */
import type { PageRoute } from '../../page.ts'
import { showAudit } from './audit.tsx'
import { showExtensions, switchOn } from './extensions.tsx'
import { revoke, showKeys } from './keys.tsx'
import { showLog } from './log.tsx'
import { changeMessage, sendTest, showMessage, showMessages } from './messages.tsx'
import { makeOrganization, showOrganizations } from './organizations.tsx'
import { CLOCK_PATH } from './clock-card.tsx'
import { settleClock, showOverview } from './overview.tsx'
import { showSettings } from './settings.tsx'
import { changeUser, showUser } from './user.tsx'
import { makeUser, showUsers } from './users.tsx'

export function createSystemPages(): PageRoute[] {
  return [
    { method: 'GET', path: '/-/system', handle: async (request) => showOverview(request) },
    { method: 'POST', path: CLOCK_PATH, handle: settleClock },
    { method: 'GET', path: '/-/system/users', handle: async (request) => showUsers(request) },
    { method: 'POST', path: '/-/system/users', handle: makeUser },
    { method: 'GET', path: '/-/system/users/:id', handle: async (request) => showUser(request) },
    { method: 'POST', path: '/-/system/users/:id', handle: changeUser },
    { method: 'GET', path: '/-/system/organizations', handle: async (request) => showOrganizations(request) },
    { method: 'POST', path: '/-/system/organizations', handle: makeOrganization },
    { method: 'GET', path: '/-/system/keys', handle: async (request) => showKeys(request) },
    { method: 'POST', path: '/-/system/keys', handle: revoke },
    { method: 'GET', path: '/-/system/messages', handle: async (request) => showMessages(request) },
    { method: 'POST', path: '/-/system/messages', handle: sendTest },
    { method: 'GET', path: '/-/system/messages/:id', handle: async (request) => showMessage(request) },
    { method: 'POST', path: '/-/system/messages/:id', handle: changeMessage },
    { method: 'GET', path: '/-/system/settings', handle: showSettings },
    { method: 'GET', path: '/-/system/extensions', handle: async (request) => showExtensions(request) },
    { method: 'POST', path: '/-/system/extensions', handle: switchOn },
    { method: 'GET', path: '/-/system/log', handle: showLog },
    { method: 'GET', path: '/-/system/audit', handle: showAudit },
  ]
}
