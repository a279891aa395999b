/** Alerts that are on. */
import type { AlarmsData } from '../../../../../src/wire/dashboard-answers.ts'
import { shownCondition } from '../../../shared/alert-words.ts'
import { formatAge } from '../../../shared/format.ts'
import { escapePath } from '../../../shared/paths.ts'
import { make } from '../../dom.ts'
import { unitSystem } from '../../units.ts'
import type { ViewMaker } from '../tile-view.ts'

export const makeAlarms: ViewMaker = (body, page) => ({
  paths: [],
  show: (data) => {
    const { alarms, isWatched, folder } = data as AlarmsData
    if (alarms.length === 0) {
      body.replaceChildren(
        make(
          'p',
          { class: isWatched ? 'panel-empty is-good' : 'panel-empty' },
          isWatched ? 'No alarm is on.' : `Nothing is watched in ${folder}: nobody is told when a value is wrong.`,
        ),
      )
      return
    }
    body.replaceChildren(
      make(
        'ul',
        { class: 'alarm-list', tabindex: '0', 'aria-label': 'Alarms that are on' },
        ...alarms.map(({ path, condition, units, since, isMuted, isAcknowledged }) =>
          make(
            'li',
            isMuted || isAcknowledged ? { class: 'is-quiet' } : {},
            make('a', { href: `${escapePath(path)}?view=alerts` }, shorten(path, folder)),
            make('span', { class: 'why' }, shownCondition(condition, { units }, unitSystem())),
            make(
              'span',
              { class: 'note' },
              [
                since === undefined ? '' : howLong(formatAge(since / 1000, page.now())),
                isAcknowledged ? 'somebody is on it' : '',
                isMuted ? 'muted' : '',
              ]
                .filter((part) => part !== '')
                .join(', '),
            ),
          ),
        ),
      ),
    )
  },
})

/** Below the tile's folder. */
const shorten = (path: string, folder: string): string => (path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path)

const howLong = (age: string): string => (age === 'now' ? 'just now' : `for ${age.replace(/ ago$/, '')}`)
