/** `kind: alarms`: the alerts that are on, in a folder and below it. */
import { canRead } from '../../tree/permissions.ts'
import { isWithin, pathOf } from '../../tree/tree.ts'
import type { AlarmsData } from '../../wire/dashboard-answers.ts'
import type { TileKind } from '../tile-kind.ts'
import { textOf } from './described.ts'

const MAX_ALARMS = 100

export const alarmsTile: TileKind = {
  name: 'alarms',
  label: 'Alarms',
  settings: [{ name: 'folder', label: 'Folder', type: 'folder', hint: 'Empty: the folder of the dashboard.' }],
  size: { width: 4, height: 3 },
  isPolled: true,
  read: async ({ ctx, actor, settings, paths, alerts }) => {
    const folder = paths.folder(textOf(settings, 'folder') ?? '.')
    const on = (await alerts()).filter(({ resource }) => isWithin(resource, folder))
    const isWatched = [...ctx.tree.alerted].some(
      (one) => isWithin(one, folder) && one.alerts?.some(({ isEnabled }) => isEnabled) === true && canRead(ctx, actor, one),
    )
    const data: AlarmsData = {
      folder: pathOf(folder),
      isWatched,
      alarms: on.slice(0, MAX_ALARMS).map(({ resource, condition, since, mutedUntil, isAcknowledged }) => ({
        path: pathOf(resource),
        condition,
        units: resource.sequence?.units,
        since,
        isMuted: mutedUntil !== undefined,
        isAcknowledged,
      })),
    }
    return { data, note: on.length > MAX_ALARMS ? `Shown are ${MAX_ALARMS} of ${on.length} alarms.` : undefined }
  },
}
