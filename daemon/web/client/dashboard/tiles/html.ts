/** What an extension made. */
import { make } from '../../dom.ts'
import { replaceChildren } from '../../focus.ts'
import { parseHtml } from '../parse-html.ts'
import type { ViewMaker } from '../tile-view.ts'

export const makeHtml: ViewMaker = (body) => {
  const place = make('div', { class: 'panel-html', tabindex: '0', role: 'group', 'aria-label': 'Content' })
  let shown: string | undefined
  return {
    paths: [],
    show: (data) => {
      const { html } = data as { html: string }
      if (!place.isConnected) body.replaceChildren(place)
      // What is the same stays, with its focus and its place.
      if (html !== shown) replaceChildren(place, parseHtml(html), place)
      shown = html
    },
  }
}
