/** The page of a folder: what is in it. */
import { canRead, requireRead } from '../../../src/permissions.ts'
import { isFolder, type Resource } from '../../../src/tree.ts'
import { Empty, PageHeader } from '../components/basics.tsx'
import { Icon } from '../components/icons.tsx'
import { kindOf } from '../components/kinds.ts'
import { pageOf } from '../links.ts'
import type { Page, PageRequest, ResourcePage } from '../page.ts'

export function createFolderPages(): ResourcePage[] {
  return [{ method: 'GET', fits: isFolder, handle: showFolder }]
}

async function showFolder({ ctx, actor }: PageRequest, folder: Resource): Promise<Page> {
  requireRead(ctx, actor, folder)
  const children = [...folder.children.values()].filter((child) => canRead(ctx, actor, child)).sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
  const { icon } = kindOf(folder)
  return {
    title: folder.name,
    resource: folder,
    content: (
      <>
        <PageHeader title={folder.name} icon={icon} />
        {children.length === 0 ? (
          <Empty icon="folder" title="Nothing here yet" />
        ) : (
          <div class="table-frame">
            <table class="table is-cards">
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">Kind</th>
                </tr>
              </thead>
              <tbody>
                {children.map((child) => (
                  <tr>
                    <th scope="row">
                      <a class="name-link" href={pageOf(child)}>
                        <Icon name={kindOf(child).icon} />
                        <span>{child.name}</span>
                      </a>
                    </th>
                    <td data-label="Kind">{kindOf(child).name}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </>
    ),
  }
}
