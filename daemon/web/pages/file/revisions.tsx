/** Earlier revisions of a file: their content, what changed between them, and restoring one. */
import { invalid } from '../../../../src/base/fault.ts'
import { listRevisions, restoreRevision, type RevisionInfo } from '../../../../src/resources/files.ts'
import { canWrite } from '../../../../src/tree/permissions.ts'
import { readText } from '../../../../src/resources/text-content.ts'
import { parseTimestamp } from '../../../../src/base/time.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { Age, Badge, Csrf, Empty, Notice, PageHeader } from '../../components/basics.tsx'
import { ListTable, pageThrough } from '../../components/lists.tsx'
import { DifferenceTable } from '../../components/difference.tsx'
import { Icon } from '../../components/icons.tsx'
import { kindOf } from '../../components/kinds.ts'
import { Paging } from '../../components/paging.tsx'
import { apiOf, pageOf } from '../../links.ts'
import { redirect, type Page, type PageRequest } from '../../page.ts'
import { findDifference } from '../../shared/difference.ts'
import { formatBytes, formatTime } from '../../shared/format.ts'
import { contentTypeOf } from './file-kinds.ts'
import { FileTabs } from './file-tabs.tsx'
import { revisionOf } from './raw.ts'

const PAGE_SIZE = 100
/** Maximum bytes of each side of a comparison. */
const COMPARE_LIMIT = 1_000_000

export async function showRevisions(request: PageRequest, file: Resource): Promise<Page> {
  const { ctx, actor, query } = request
  const all = await listRevisions(ctx, actor, file)
  const { from, page, pages } = pageThrough(query, all, PAGE_SIZE)
  return {
    title: `Revisions of ${file.name}`,
    resource: file,
    content: (
      <>
        <PageHeader title={file.name} icon={kindOf(file).icon} />
        <FileTabs file={file} view="revisions" />
        {all.length === 0 ? (
          <Empty icon="clock" title="Nothing was ever written into this file" />
        ) : (
          <RevisionTable request={request} file={file} all={all} from={from} isWritable={canWrite(ctx, actor, file)} />
        )}
        <Paging page={page} pages={pages} link={(next) => pageOf(file, 'revisions', { page: next })} />
      </>
    ),
  }
}

const RevisionTable = ({
  request: { ctx, visitor },
  file,
  all,
  from,
  isWritable,
}: {
  request: PageRequest
  file: Resource
  all: readonly RevisionInfo[]
  from: number
  isWritable: boolean
}) => (
  <ListTable columns={['When', 'Age', { text: 'Size', class: 'is-end' }, { hidden: 'What can be done with it' }]}>
    {all.slice(from, from + PAGE_SIZE).map((revision, at) => {
      const before = all[from + at + 1]
      const isNewest = from + at === 0
      const time = timeOf(revision)
      return (
        <tr>
          <th scope="row">
            <a class="name-link" href={pageOf(file, undefined, isNewest ? {} : { rev: revision.id })}>
              <span class="is-number">{formatTime(time / 1000)} UTC</span>
            </a>{' '}
            {isNewest ? <Badge tone="success">Newest</Badge> : null}
          </th>
          <td class="is-muted" data-label="Age">
            <Age time={time} now={ctx.clock.now()} />
          </td>
          <td class="is-number is-muted" data-label="Size">
            {formatBytes(revision.size)}
          </td>
          <td class="is-end">
            <span class="actions is-end">
              {before ? (
                <a class="button is-small is-quiet" href={pageOf(file, 'compare', { from: before.id, to: revision.id })}>
                  <Icon name="compare" />
                  Changes
                </a>
              ) : null}
              {isWritable && !isNewest ? (
                <form
                  method="post"
                  action={pageOf(file, 'revisions')}
                  data-confirm="Make this revision the newest again? What is newest now stays as an earlier revision."
                >
                  <Csrf visitor={visitor} />
                  <input type="hidden" name="restore" value={String(revision.id)} />
                  <input type="hidden" name="base" value={String(all[0]?.id ?? 0)} />
                  <button type="submit" class="button is-small">
                    <Icon name="undo" />
                    Restore
                  </button>
                </form>
              ) : null}
              <a
                class="button is-small is-quiet is-icon"
                href={`${apiOf(file)}?download=1&rev=${revision.id}`}
                download
                aria-label={`Download the revision of ${formatTime(time / 1000)}`}
              >
                <Icon name="download" />
              </a>
            </span>
          </td>
        </tr>
      )
    })}
  </ListTable>
)

const timeOf = ({ timestamp }: RevisionInfo): number => parseTimestamp(timestamp) ?? 0

/** @throws Fault conflict when the file was saved since the list was made */
export async function restore({ ctx, actor, form }: PageRequest, file: Resource): Promise<Response> {
  const revisionId = revisionOf(form, 'restore')
  if (revisionId === undefined) throw invalid('restore must be the number of a revision.')
  await restoreRevision(ctx, actor, file, revisionId, { base: revisionOf(form, 'base') })
  return redirect(pageOf(file))
}

export async function compareRevisions({ ctx, actor, query }: PageRequest, file: Resource): Promise<Page> {
  const from = revisionOf(query, 'from')
  if (from === undefined) throw invalid('from must be the number of a revision.')
  const before = await readText(ctx, actor, file, { limit: COMPARE_LIMIT, revisionId: from })
  const after = await readText(ctx, actor, file, { limit: COMPARE_LIMIT, revisionId: revisionOf(query, 'to') })
  const when = (content: typeof before): string => `${formatTime((content.revision?.timestamp ?? 0) / 1000)} UTC`
  const isComparable = before.text !== undefined && after.text !== undefined && before.isWhole && after.isWhole
  const isImage = contentTypeOf(file.name)?.startsWith('image/') === true
  return {
    title: `Changes of ${file.name}`,
    resource: file,
    wide: true,
    content: (
      <>
        <PageHeader title={file.name} icon={kindOf(file).icon} lead={`Changes from ${when(before)} to ${when(after)}`} />
        <FileTabs file={file} view="revisions" />
        {isImage ? (
          <div class="columns">
            {[before, after].map((content) => (
              <figure class="picture">
                <img src={pageOf(file, 'raw', { rev: content.revision?.id })} alt={`${file.name} of ${when(content)}`} />
                <figcaption class="note">{when(content)}</figcaption>
              </figure>
            ))}
          </div>
        ) : isComparable ? (
          <DifferenceTable difference={findDifference(before.text ?? '', after.text ?? '')} label={`Changes of ${file.name}`} />
        ) : (
          <Notice>
            These revisions of {formatBytes(before.revision?.size ?? 0)} and {formatBytes(after.revision?.size ?? 0)} are no texts, or
            larger than {formatBytes(COMPARE_LIMIT)}, so they are not compared here. Download both to compare them.
          </Notice>
        )}
      </>
    ),
  }
}
