/** Whose clock a page shows, as its address says it. */

/** '': that of the organization, or what the page shows where that has none; 'own': the browser's. */
export type ZoneChoice = '' | 'UTC' | 'own'

export const parseZoneChoice = (text: string | null | undefined): ZoneChoice => (text === 'UTC' || text === 'own' ? text : '')
