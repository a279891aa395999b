/** Waits for the first value of a new controller, and then links to its chart. */
import './main.ts'
import { formatValue } from '../../shared/format.ts'
import { get } from '../api.ts'
import { need, readState } from '../dom.ts'
import { listenToValues } from '../live.ts'
import { toastError } from '../toasts.ts'

const state = readState<{ folder: string; sequence: string }>()
const place = need('#waiting', HTMLElement)
let isThere = false

listenToValues({
  folder: state.folder,
  onValue: ({ name, value }) => {
    if (name === state.sequence && value !== undefined) show(value)
  },
  onGap: look,
})
// The value may have arrived before this page was subscribed.
look()

function look(): void {
  get<{ values?: string[] }>(`/resources${state.sequence.split('/').map(encodeURIComponent).join('/')}`, { count: 2 })
    .then(({ values }) => {
      const newest = values?.at(-1)
      if (newest !== undefined) show(newest)
    })
    .catch(toastError)
}

function show(value: string): void {
  need('#waiting-text', HTMLElement).textContent = isThere
    ? `The newest value is ${formatValue(Number(value))}.`
    : `It works: the first value came, ${formatValue(Number(value))}.`
  if (isThere) return
  isThere = true
  place.classList.add('is-there')
  need('#waiting-link span', HTMLElement).textContent = 'See its chart'
  need('#waiting-link', HTMLElement).classList.add('is-primary')
}
