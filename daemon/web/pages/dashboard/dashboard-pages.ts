/** The pages of dashboards: `NAME.dashboard` as tiles, what its tiles show as JSON, and changes to them. */
import { isDashboardName } from '../../../../src/dashboards/dashboard-file.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { FILE } from '../../../../src/wire/resource-types.ts'
import type { ResourcePage } from '../../page.ts'
import { prefersPage, sendRaw } from '../file/raw.ts'
import { showDashboard } from './dashboard.tsx'
import { changeTiles, replyTiles } from './tiles.tsx'

const isDashboard = ({ type, name }: Resource): boolean => type === FILE && isDashboardName(name)

/** Other views (raw, edit, revisions) are those of files. */
export function createDashboardPages(): ResourcePage[] {
  return [
    {
      method: 'GET',
      fits: isDashboard,
      forLinks: true,
      handle: async (request, file) => (prefersPage(request.incoming) ? showDashboard(request, file) : sendRaw(request, file)),
    },
    { method: 'GET', fits: isDashboard, view: 'tiles', forLinks: true, handle: replyTiles },
    { method: 'POST', fits: isDashboard, view: 'tiles', handle: changeTiles },
  ]
}
