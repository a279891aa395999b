/** The newest image of a sequence. */
import type { ImageData as NewestImage } from '../../../../../src/wire/dashboard-answers.ts'
import { formatTime } from '../../../shared/format.ts'
import { escapePath } from '../../../shared/paths.ts'
import { make } from '../../dom.ts'
import { microsOf } from '../../log-line.ts'
import type { ViewMaker } from '../tile-view.ts'

export const makeImage: ViewMaker = (body, page) => {
  let path = ''
  let time: number | undefined
  const picture = make('img', { class: 'panel-image' })
  const showImage = (revision: number, at: number): void => {
    time = at / 1000
    picture.alt = `${path.slice(path.lastIndexOf('/') + 1)}, ${formatTime(time, page.zone)}`
    picture.src = `/api/v1/resources${escapePath(path)}?rev=${revision}`
    const link = body.querySelector('a')
    if (!link) body.replaceChildren(make('a', { href: escapePath(path), class: 'panel-picture' }, picture))
    page.tellAge(time)
  }
  return {
    get paths() {
      return path === '' ? [] : [path]
    },
    show: (data) => {
      const { sequence, newest } = data as NewestImage
      path = sequence.path
      if (newest) showImage(newest.revision, newest.time)
      else body.replaceChildren(make('p', { class: 'panel-empty' }, 'No image yet.'))
    },
    take: (values) => {
      const last = values.at(-1)
      if (last?.revision_id !== undefined) showImage(last.revision_id, microsOf(last.timestamp))
      return false
    },
    tick: () => page.tellAge(time),
  }
}
