/** The page of a file that is a data set: what it holds, how to cite it, and whether each byte is still as it was made. */
import { escapeHidden } from '../../../../src/base/hidden-text.ts'
import { quoteForShell } from '../../../../src/base/quote.ts'
import type { Revision } from '../../../../src/content/content.ts'
import { isSealed, type StoredDataset } from '../../../../src/datasets/open-dataset.ts'
import { canRead } from '../../../../src/tree/permissions.ts'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import type { Manifest } from '../../../../src/wire/dataset.ts'
import { serverAddress } from '../../../requests/address.ts'
import { Card, CopyBox, Notice } from '../../components/basics.tsx'
import { Icon } from '../../components/icons.tsx'
import { ListTable, pageThrough } from '../../components/lists.tsx'
import { Markdown } from '../../components/markdown.tsx'
import { Paging } from '../../components/paging.tsx'
import { DoneNotice } from '../../components/post.tsx'
import { pageOf } from '../../links.ts'
import type { PageRequest } from '../../page.ts'
import { formatBytes, formatCount } from '../../shared/format.ts'

/** Rows of the list of files. */
const FILES_A_PAGE = 50
/** Digits of a hash that a list shows. */
const SHOWN_DIGITS = 16

interface DatasetProps {
  request: PageRequest
  file: Resource
  revision: Revision
  dataset: StoredDataset
}

export const DatasetContent = async ({ request, file, revision, dataset: { id, manifest, readme } }: DatasetProps) => {
  const { ctx, actor, query, incoming } = request
  const rev = String(revision.id)
  const address = serverAddress(ctx, incoming) + pageOf(file, undefined, { rev })
  const source = ctx.tree.find(manifest.path)
  const { shown, page, pages } = pageThrough(query, manifest.files, FILES_A_PAGE)
  const isSound = query['check'] === undefined ? undefined : await isSealed(ctx, revision)
  return (
    <>
      <DoneNotice query={query} texts={{ made: 'The data set was made. This page stays, and so does its id.' }} />
      <Card title="Data set">
        <dl class="facts">
          <div>
            <dt>Of</dt>
            <dd>{source && canRead(ctx, actor, source) ? <a href={pageOf(source)}>{pathOf(source)}</a> : escapeHidden(manifest.path)}</dd>
          </div>
          <div>
            <dt>Range</dt>
            <dd>{rangeOf(manifest)}</dd>
          </div>
          <div>
            <dt>Values</dt>
            <dd class="is-number">{formatCount(manifest.values)}</dd>
          </div>
          <div>
            <dt>Sequences</dt>
            <dd class="is-number">{formatCount(manifest.files.filter(({ path }) => path.startsWith('values/')).length)}</dd>
          </div>
        </dl>
      </Card>
      <Card title="To cite it" note="Name the id: with it anybody can tell whether the file is the one that was cited.">
        <CopyBox wraps label="How to cite it" text={`${manifest.path}, ${rangeOf(manifest)}. Data set ${id}. ${address}`} />
      </Card>
      <Card title="Is it as it was made?" note="This command tells, without a server, whether a byte was changed:">
        <CopyBox label="The command that verifies it" text={`rhizo verify ${quoteForShell(file.name)} --id ${id}`} />
        {isSound === undefined ? (
          <p class="actions">
            <a class="button" href={pageOf(file, undefined, { rev, check: 1 })} rel="nofollow">
              <Icon name="check" />
              Check each byte now
            </a>
          </p>
        ) : isSound ? (
          <Notice tone="success">Each byte is as it was made.</Notice>
        ) : (
          <Notice tone="danger">Bytes were changed since it was made. “rhizo verify” says in which of its files.</Notice>
        )}
      </Card>
      {readme === '' ? null : (
        <section class="card" aria-label="What it says of itself">
          <Markdown renderer={request.markdown} text={readme} folder={file.parent ? pathOf(file.parent) : '/'} />
        </section>
      )}
      <Card title="Files in it">
        <ListTable columns={['File', { text: 'Size', class: 'is-end' }, 'SHA-256']}>
          {shown.map(({ path, bytes, sha256 }) => (
            <tr>
              <th scope="row">{escapeHidden(path)}</th>
              <td data-label="Size" class="is-number is-nowrap">
                {formatBytes(bytes)}
              </td>
              <td data-label="SHA-256">
                <code title={sha256}>{sha256.slice(0, SHOWN_DIGITS)}…</code>
              </td>
            </tr>
          ))}
        </ListTable>
        <Paging page={page} pages={pages} link={(next) => pageOf(file, undefined, { rev: query['rev'], page: next })} />
      </Card>
    </>
  )
}

/** As people write it, in UTC. */
function rangeOf({ start, end }: Manifest): string {
  if (start === null && end === null) return 'all values'
  if (start === null) return `up to ${timeText(end ?? '')} UTC`
  return end === null ? `from ${timeText(start)} UTC on` : `${timeText(start)} to ${timeText(end)} UTC`
}

const timeText = (timestamp: string): string => timestamp.slice(0, 19).replace('T', ' ')
