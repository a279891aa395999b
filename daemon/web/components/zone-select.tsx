/** The choice of a page's time zone: its organization's, UTC or the browser's. client/sequence/zone.ts handles it. */

/** @param timezone the page's default; undefined: the browser's own zone */
export const ZoneSelect = ({ timezone }: { timezone: string | undefined }) => (
  <select id="zone" class="needs-script" aria-label="Time zone">
    <option value="">{timezone ?? 'My time zone'}</option>
    {timezone === 'UTC' ? null : <option value="UTC">UTC</option>}
    {timezone === undefined ? null : <option value="own">My time zone</option>}
  </select>
)
