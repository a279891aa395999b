/** The tabs of a file's page. */
import type { Resource } from '../../../../src/tree/tree.ts'
import { Tabs } from '../../components/basics.tsx'
import { pageOf } from '../../links.ts'

export const FileTabs = ({ file, view }: { file: Resource; view: 'revisions' | undefined }) => (
  <Tabs
    label={`Parts of ${file.name}`}
    tabs={[
      { text: 'Content', href: pageOf(file), isCurrent: view === undefined },
      { text: 'Revisions', href: pageOf(file, 'revisions'), isCurrent: view === 'revisions' },
    ]}
  />
)
