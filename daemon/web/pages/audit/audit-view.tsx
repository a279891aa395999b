/** The audit trail as people read it: filters and a table, for the server's page and for those of organizations. */
import type { Child } from 'hono/jsx'
import { AUDIT_GROUPS, AUDIT_KINDS, isAuditKind } from '../../../../src/audit/kinds.ts'
import { DAY, parseTimestamp } from '../../../../src/base/time.ts'
import { invalid } from '../../../../src/base/fault.ts'
import { listAudit, type AuditFilter } from '../../../../src/housekeeping/audit-trail.ts'
import type { AuditInfo } from '../../../../src/wire/answers.ts'
import { AgeOf, Card, Empty, Field, RefusalNotice, Select } from '../../components/basics.tsx'
import { ListTable } from '../../components/lists.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import type { Fields, PageRequest, Refusal } from '../../page.ts'

const PAGE_SIZE = 100
const FILTERS = ['kind', 'user', 'thing', 'from', 'until'] as const

export interface AuditView {
  readonly refusal: Refusal | undefined
  readonly content: Child
}

/**
 * @param path of the page
 * @param hidden fields that belong to the page's address
 * @throws Fault forbidden for those who may not read it
 */
export async function viewAudit(
  { ctx, actor, query }: PageRequest,
  { path, hidden = {}, organizationId }: { path: string; hidden?: Readonly<Record<string, string>>; organizationId?: number },
): Promise<AuditView> {
  // Permission first: a filter that makes no sense is refused in the page.
  await listAudit(ctx, actor, { organizationId, count: 1 })
  let records: AuditInfo[] = []
  const refusal = await refusalOf(query, async () => {
    records = await listAudit(ctx, actor, { ...filterOf(query), organizationId, count: PAGE_SIZE + 1 })
  })
  const shown = records.slice(0, PAGE_SIZE)
  const older = new URLSearchParams({
    ...hidden,
    ...Object.fromEntries(FILTERS.flatMap((name) => (query[name] ? [[name, query[name]]] : []))),
    before: String(shown.at(-1)?.id ?? 0),
  })
  return {
    refusal,
    content: (
      <Card title="Who did what" note={`Kept for ${ctx.settings.AUDIT_DAYS} days; nobody can change or delete it before.`}>
        <RefusalNotice refusal={refusal} />
        <FilterForm path={path} hidden={hidden} query={query} />
        {shown.length === 0 ? (
          <Empty icon="list" title="No record matches" />
        ) : (
          <ListTable columns={['What', 'By', 'From', 'To', 'When']}>
            {shown.map((record) => (
              <Row record={record} now={ctx.clock.now()} />
            ))}
          </ListTable>
        )}
        {records.length > PAGE_SIZE ? (
          <p class="actions">
            <a class="button" rel="next" href={`${path}?${older.toString()}`}>
              Older ones
            </a>
          </p>
        ) : null}
      </Card>
    ),
  }
}

/** @throws Fault invalid */
function filterOf(query: Fields): Omit<AuditFilter, 'count'> {
  const before = Number.parseInt(query['before'] ?? '', 10)
  const end = timeOf(query['until'], 'until')
  return {
    kind: query['kind'] || undefined,
    user: query['user']?.trim() || undefined,
    thing: query['thing']?.trim() || undefined,
    start: timeOf(query['from'], 'from'),
    // The day is part of it.
    end: end === undefined ? undefined : end + DAY - 1,
    before: before > 0 ? before : undefined,
  }
}

function timeOf(text: string | undefined, name: string): number | undefined {
  if (!text) return undefined
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? parseTimestamp(`${text}T00:00:00Z`) : undefined
  if (time === undefined) throw invalid(`${name} must be a day such as 2026-01-31.`)
  return time
}

const FilterForm = ({ path, hidden, query }: { path: string; hidden: Readonly<Record<string, string>>; query: Fields }) => (
  <form class="form" method="get" role="search" action={path} aria-label="Filter the records">
    {Object.entries(hidden).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
    <div class="inline-form">
      <Select
        label="Kind"
        name="kind"
        value={query['kind']}
        options={[
          ['', 'all'],
          ...AUDIT_GROUPS.map((group) => [group, `${group}: all`] as const),
          ...Object.entries(AUDIT_KINDS).map(([kind, words]) => [kind, words] as const),
        ]}
      />
      <Field label="Person" name="user" value={query['user']} maxlength={200} autocomplete="off" placeholder="ann@example.com" />
      <Field label="Thing" name="thing" value={query['thing']} maxlength={500} autocomplete="off" placeholder="part of a path or name" />
      <Field label="From day" name="from" value={query['from']} maxlength={10} autocomplete="off" placeholder="2026-01-31" />
      <Field label="Until day" name="until" value={query['until']} maxlength={10} autocomplete="off" placeholder="UTC" />
      <button type="submit" class="button is-primary">
        Show
      </button>
    </div>
  </form>
)

const Row = ({ record, now }: { record: AuditInfo; now: number }) => {
  const { kind, by, key_id: key, address, subject, count, details } = record
  const more = Object.entries(details).map(([name, value]) => `${name}: ${String(value)}`)
  return (
    <tr>
      <th scope="row">
        {isAuditKind(kind) ? AUDIT_KINDS[kind] : kind}
        {count === 1 ? '' : ` (${count} times)`}
      </th>
      <td data-label="By">
        {by.name}
        {key === null ? '' : `, by key ${key}`}
      </td>
      <td data-label="From">{address}</td>
      <td data-label="To">
        {subject.kind === 'resource' ? (
          <a href={pageOf(subject.name)}>{subject.name}</a>
        ) : (
          [subject.kind === 'route' ? '' : subject.kind, subject.id ?? '', subject.name].filter((part) => part !== '').join(' ')
        )}
        {more.length === 0 ? null : <p class="note">{more.join(', ')}</p>}
      </td>
      <td data-label="When" class="is-nowrap">
        <AgeOf timestamp={record.last_timestamp} now={now} />
      </td>
    </tr>
  )
}
