/** The settings of an organization: offers the time zones that the browser knows, so that the page needn't contain them. */
import './main.ts'
import { make, seek } from '../dom.ts'

seek('#time-zones', HTMLDataListElement)?.replaceChildren(
  ...[...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])].map((value) => make('option', { value })),
)
