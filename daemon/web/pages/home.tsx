/** The first page: my organizations. */
import { listOrganizations } from '../../../src/organizations.ts'
import { Card, Empty, PageHeader } from '../components/basics.tsx'
import { Icon } from '../components/icons.tsx'
import { pageOf } from '../links.ts'
import type { Page, PageRequest, PageRoute } from '../page.ts'

export function createHomePages(): PageRoute[] {
  return [{ method: 'GET', path: '/', handle: showHome }]
}

async function showHome({ ctx, actor }: PageRequest): Promise<Page> {
  const organizations = await listOrganizations(ctx, actor)
  return {
    title: ctx.settings.SYSTEM_NAME,
    content: (
      <>
        <PageHeader title={ctx.settings.SYSTEM_NAME} />
        <Card title="My organizations">
          {organizations.length === 0 ? (
            <Empty icon="organization" title="You belong to no organization yet">
              <p>Ask an admin of one to invite you.</p>
            </Empty>
          ) : (
            <ul class="tiles">
              {organizations.map(({ path, full_name: fullName, folder_name: name }) => (
                <li>
                  <a class="tile" href={pageOf(path)}>
                    <Icon name="organization" class="is-large" />
                    <span>
                      <strong>{fullName === '' ? name : fullName}</strong>
                      <span class="note">{path}</span>
                    </span>
                  </a>
                </li>
              ))}
            </ul>
          )}
        </Card>
      </>
    ),
  }
}
