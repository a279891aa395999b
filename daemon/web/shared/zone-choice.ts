/** A page's time zone, as its address contains it. */

/** '': the organization's, or the page's default if it has none; 'own': the browser's. */
export type ZoneChoice = '' | 'UTC' | 'own'

export const parseZoneChoice = (text: string | null | undefined): ZoneChoice => (text === 'UTC' || text === 'own' ? text : '')
