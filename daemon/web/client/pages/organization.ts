/** The settings of an organization: the time zones that the browser knows are offered, so that the page needn't bring them. */
import { make, seek } from '../dom.ts'

seek('#time-zones', HTMLDataListElement)?.replaceChildren(
  ...[...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])].map((value) => make('option', { value })),
)
