/** What the page around a chart says of it. */
import { writeChartState, type ChartState } from '../../shared/chart-state.ts'
import { formatAge } from '../../shared/format.ts'
import { need } from '../dom.ts'

interface Told {
  readonly state: ChartState
  /** Of all lines, in seconds. */
  readonly newest: number | undefined
  readonly now: number
  /** It has values, and masks leave out all of them. */
  readonly isMasked: boolean
  /** Whether values were asked for. */
  readonly hasAsked: boolean
}

/** Puts the state into the address and the page's controls, which hear `chart-changed`. */
export function tellChart({ state, newest, isMasked, now, hasAsked }: Told): void {
  const query = writeChartState(state)
  history.replaceState(null, '', query === '' ? location.pathname : `${location.pathname}?${query}`)
  const empty = need('#chart-empty', HTMLElement)
  const hasShown = Number(need('#chart-card', HTMLElement).dataset['points'] ?? '0') > 0
  empty.hidden = hasShown || !hasAsked
  empty.textContent =
    newest === undefined
      ? isMasked
        ? 'Every value is masked as bad. They stay stored: “Mask bad values” lists the masks, which can be taken off.'
        : 'No values yet. The first one shows up here by itself as soon as it comes.'
      : `There are no values in this time. The newest came ${formatAge(newest * 1000, now * 1000)}.`
  document.dispatchEvent(new CustomEvent('chart-changed'))
}
