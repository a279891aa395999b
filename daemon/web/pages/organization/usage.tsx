/** `?view=usage` of an organization: how much it stores, by controller. For its admins. */
import { QUOTA_KINDS, type QuotaKind } from '../../../../src/attributes/quota.ts'
import { readQuotas, setQuota } from '../../../../src/resources/organization-quotas.ts'
import { readUsage, type Usage, type UsagePart } from '../../../../src/resources/usage.ts'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import { Age, Card, Empty, Field, Notice } from '../../components/basics.tsx'
import { PostForm } from '../../components/forms.tsx'
import { Icon } from '../../components/icons.tsx'
import { ListTable } from '../../components/lists.tsx'
import { pageOf } from '../../links.ts'
import { refusalOf } from '../../forms.ts'
import { redirect, type Fields, type Page, type PageReply, type PageRequest, type Refusal } from '../../page.ts'
import { formatBytes, formatCount } from '../../shared/format.ts'
import type { Visitor } from '../../visitor.ts'
import { frameResource } from './resource-frame.tsx'

type Quotas = Awaited<ReturnType<typeof readQuotas>>

/** Number of controllers that are listed; the rest is one line. */
const MOST = 200

export async function showUsage(request: PageRequest, organization: Resource, refusal?: Refusal): Promise<Page> {
  const { ctx, actor, visitor } = request
  const usage = await readUsage(ctx, actor, organization.id)
  const quotas = await readQuotas(ctx, actor, organization.id)
  return frameResource(request, organization, {
    view: 'usage',
    name: 'Usage',
    refusal,
    done: { quota: 'The quota was set. What is above a limit stays; nothing is added to it.' },
    content: (
      <>
        {usage.leftOut === 0 ? null : (
          <Notice tone="warning">
            There is so much that counting was ended: {formatCount(usage.leftOut)} sequences and files are left out of the sizes.
          </Notice>
        )}
        <QuotaCard quotas={quotas} />
        {visitor.user?.isSystemAdmin === true ? (
          <QuotaForm visitor={visitor} action={pageOf(organization, 'usage')} quotas={quotas} typed={refusal?.form} />
        ) : null}
        {usage.parts.length === 0 ? (
          <Empty icon="numeric" title="Nothing yet">
            <p>What controllers send, and what people upload, is counted here.</p>
          </Empty>
        ) : (
          <>
            <Totals usage={usage} />
            <Card
              title="By controller"
              note={
                <>
                  Counted <Age time={usage.counted} now={ctx.clock.now()} />, and again every five minutes. Values that came just now count
                  as bytes only once they are packed.
                </>
              }
            >
              <UsageTable parts={usage.parts} />
            </Card>
          </>
        )}
      </>
    ),
  })
}

/** How much is used of what admins of the server allow; nothing where they set no limit. */
const QuotaCard = ({ quotas }: { quotas: Quotas }) => {
  const limited = QUOTA_KINDS.filter((kind) => quotas[kind].limit !== null)
  if (limited.length === 0) return null
  const shown = (kind: QuotaKind, amount: number): string => (kind === 'file_bytes' ? formatBytes(amount) : formatCount(amount))
  return (
    <Card title="Quota" note="Beyond it nothing more is stored. Admins of the server set it (rhizo org quota).">
      <dl class="stats">
        {limited.map((kind) => (
          <Stat label={QUOTA_NAMES[kind]} value={`${shown(kind, quotas[kind].used)} of ${shown(kind, quotas[kind].limit ?? 0)}`} />
        ))}
      </dl>
    </Card>
  )
}

const QuotaForm = ({
  visitor,
  action,
  quotas,
  typed = {},
}: {
  visitor: Visitor
  action: string
  quotas: Quotas
  typed?: Fields | undefined
}) => (
  <Card
    title="Set the quota"
    note="For admins of the server. If left empty: no limit. What is above a new limit stays, and nothing is added to it."
  >
    <PostForm visitor={visitor} action={action} submit="Set">
      <div class="field-row">
        {QUOTA_KINDS.map((kind) => (
          <Field
            label={kind === 'file_bytes' ? `${QUOTA_NAMES[kind]}, in bytes` : QUOTA_NAMES[kind]}
            name={kind}
            value={typed[kind] ?? (quotas[kind].limit === null ? '' : String(quotas[kind].limit))}
            inputmode="numeric"
            maxlength={16}
            autocomplete="off"
            placeholder="no limit"
          />
        ))}
      </div>
    </PostForm>
  </Card>
)

export async function changeQuota(request: PageRequest, organization: Resource): Promise<PageReply> {
  const { ctx, actor, form } = request
  const limits = Object.fromEntries(QUOTA_KINDS.map((kind) => [kind, form[kind]?.trim()]))
  const refusal = await refusalOf(form, () => setQuota(ctx, actor, organization.id, limits))
  return refusal ? showUsage(request, organization, refusal) : redirect(pageOf(organization, 'usage', { done: 'quota' }))
}

const QUOTA_NAMES: Readonly<Record<QuotaKind, string>> = {
  file_bytes: 'Files and images',
  sequences: 'Sequences',
  retained_messages: 'Retained messages',
}

const sum = (parts: readonly UsagePart[], of: (part: UsagePart) => number): number => parts.reduce((total, part) => total + of(part), 0)

const Totals = ({ usage: { parts } }: { usage: Usage }) => (
  <dl class="stats">
    <Stat label="Values" value={formatCount(sum(parts, ({ values }) => values))} />
    <Stat label="Sequences" value={formatCount(sum(parts, ({ sequences }) => sequences))} />
    <Stat label="Size of values" value={formatBytes(sum(parts, ({ valueBytes }) => valueBytes))} />
    <Stat label="Size of files and images" value={formatBytes(sum(parts, ({ fileBytes }) => fileBytes))} />
  </dl>
)

const Stat = ({ label, value }: { label: string; value: string }) => (
  <div class="stat">
    <dt class="stat-label">{label}</dt>
    <dd class="stat-value">{value}</dd>
  </div>
)

const UsageTable = ({ parts }: { parts: readonly UsagePart[] }) => {
  const rest = parts.slice(MOST)
  return (
    <ListTable
      columns={[
        'Controller',
        { text: 'Sequences', class: 'is-number' },
        { text: 'Values', class: 'is-number' },
        { text: 'Size of values', class: 'is-number' },
        { text: 'Files and images', class: 'is-number' },
      ]}
    >
      {parts.slice(0, MOST).map((part) => (
        <Row part={part}>
          {part.controller ? (
            <a class="name-link" href={pageOf(part.controller)}>
              <Icon name="controller" />
              {pathOf(part.controller)}
            </a>
          ) : (
            <span class="name-link">
              <Icon name="folder" />
              In no controller
            </span>
          )}
        </Row>
      ))}
      {rest.length === 0 ? null : (
        <Row
          part={{
            controller: undefined,
            sequences: sum(rest, ({ sequences }) => sequences),
            values: sum(rest, ({ values }) => values),
            valueBytes: sum(rest, ({ valueBytes }) => valueBytes),
            files: 0,
            fileBytes: sum(rest, ({ fileBytes }) => fileBytes),
          }}
        >
          {formatCount(rest.length)} more
        </Row>
      )}
    </ListTable>
  )
}

const Row = ({ part, children }: { part: UsagePart; children?: unknown }) => (
  <tr>
    <th scope="row">{children}</th>
    <td data-label="Sequences" class="is-number">
      {formatCount(part.sequences)}
    </td>
    <td data-label="Values" class="is-number">
      {formatCount(part.values)}
    </td>
    <td data-label="Size of values" class="is-number">
      {formatBytes(part.valueBytes)}
    </td>
    <td data-label="Files and images" class="is-number">
      {formatBytes(part.fileBytes)}
    </td>
  </tr>
)
