/** `/-/system/organizations`: lists all organizations, and creates new ones. */
import { escapeHidden } from '../../../../src/base/hidden-text.ts'
import { createOrganization, listAllOrganizations } from '../../../../src/resources/organizations.ts'
import type { OrganizationInfo } from '../../../../src/wire/answers.ts'
import { Card, Field, RefusalNotice } from '../../components/basics.tsx'
import { PostForm } from '../../components/forms.tsx'
import { FoundCount, ListSearch, ListTable, linkTo, pageThrough, wantedOf } from '../../components/lists.tsx'
import { Paging } from '../../components/paging.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Page, type PageReply, type PageRequest, type Refusal } from '../../page.ts'
import { formatCount } from '../../shared/format.ts'
import { frameSystem } from './system-frame.tsx'

const PATH = '/-/system/organizations'

export async function showOrganizations(request: PageRequest, refusal?: Refusal): Promise<Page> {
  const { ctx, actor, visitor, query } = request
  // For system admins only; others find their organizations on the first page.
  const all = await listAllOrganizations(ctx, actor)
  const wanted = wantedOf(query)
  const found = all
    .filter((one) => `${one.folder_name} ${one.full_name}`.toLowerCase().includes(wanted.toLowerCase()))
    .sort((a, b) => (a.folder_name < b.folder_name ? -1 : 1))
  const { shown, page, pages } = pageThrough(query, found)
  return frameSystem('Organizations', {
    lead: `${formatCount(all.length)} in all`,
    ...(refusal === undefined ? {} : { status: 400 }),
    content: (
      <>
        <ListSearch path={PATH} label="Search names" value={wanted}>
          <FoundCount wanted={wanted} found={found.length} all={all.length} />
        </ListSearch>
        <OrganizationTable organizations={shown} />
        <Paging page={page} pages={pages} link={linkTo(PATH, wanted)} />
        <Card title="Make an organization" note="It gets a folder of its own, in which its members and controllers may write.">
          <RefusalNotice refusal={refusal} />
          <PostForm visitor={visitor} action={PATH} submit="Make the organization">
            <div class="field-row">
              <Field
                label="Name"
                name="full_name"
                value={refusal?.form['full_name']}
                required
                maxlength={200}
                autocomplete="off"
                placeholder="Botanical Institute"
              />
              <Field
                label="Folder"
                name="folder_name"
                data-named-after="full_name"
                value={refusal?.form['folder_name']}
                required
                maxlength={255}
                autocomplete="off"
                placeholder="botany"
                hint="Stands at the beginning of each path: short, and without blanks it is easier to type."
              />
            </div>
          </PostForm>
        </Card>
      </>
    ),
  })
}

const OrganizationTable = ({ organizations }: { organizations: readonly OrganizationInfo[] }) => (
  <ListTable columns={['Folder', 'Name', { text: 'Id', class: 'is-end' }]}>
    {organizations.map(({ id, path, full_name: fullName }) => (
      <tr>
        <th scope="row">
          <a href={pageOf(path)}>{path}</a>
        </th>
        <td data-label="Name">{escapeHidden(fullName)}</td>
        <td data-label="Id" class="is-number">
          {id}
        </td>
      </tr>
    ))}
  </ListTable>
)

export async function makeOrganization(request: PageRequest): Promise<PageReply> {
  const { ctx, actor, form } = request
  const folderName = form['folder_name']?.trim() ?? ''
  const refusal = await refusalOf(form, () => createOrganization(ctx, actor, { fullName: form['full_name']?.trim() ?? '', folderName }))
  return refusal ? showOrganizations(request, refusal) : redirect(pageOf(`/${folderName}`))
}
