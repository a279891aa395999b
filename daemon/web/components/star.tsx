/** The star that makes something a favourite, which stands on the user's first page. */
import { pathOf, type Resource } from '../../../src/tree/tree.ts'
import type { Visitor } from '../visitor.ts'
import { FormFields } from './forms.tsx'
import { Icon } from './icons.tsx'

/** @param url of the page, to come back to */
export const Star = ({ visitor, resource, isOn, url }: { visitor: Visitor; resource: Resource; isOn: boolean; url: string }) => (
  <form method="post" action="/-/favourites">
    <FormFields visitor={visitor} hidden={{ path: pathOf(resource), on: isOn ? 0 : 1, next: url }} />
    <button
      type="submit"
      class="star"
      aria-pressed={isOn ? 'true' : 'false'}
      aria-label={`${resource.name} is a favourite`}
      title={isOn ? 'One of your favourites: it stands on your first page' : 'Put it on your first page'}
    >
      <Icon name="star" />
    </button>
  </form>
)
