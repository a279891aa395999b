/** The choice whose clock a page shows: its organization's, UTC or the browser's. client/sequence/zone.ts makes it act. */

/** @param timezone what the page shows unless told otherwise; undefined: the browser's own zone */
export const ZoneSelect = ({ timezone }: { timezone: string | undefined }) => (
  <select id="zone" class="needs-script" aria-label="Time zone">
    <option value="">{timezone ?? 'My time zone'}</option>
    {timezone === 'UTC' ? null : <option value="UTC">UTC</option>}
    {timezone === undefined ? null : <option value="own">My time zone</option>}
  </select>
)
