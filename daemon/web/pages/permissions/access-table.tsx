/** The permission records of a resource, and how its admins change them. */
import type { AccessRecord, Party } from '../../../../src/people/permission-report.ts'
import { NONE, ONE_CONTROLLER, ONE_USER, ORGANIZATION_CONTROLLERS, READ, WRITE } from '../../../../src/wire/permissions.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { pathOf } from '../../../../src/tree/tree.ts'
import { Badge, Csrf, Empty, Select } from '../../components/basics.tsx'
import { AddForm } from '../../components/forms.tsx'
import { Icon, type IconName } from '../../components/icons.tsx'
import { ListTable } from '../../components/lists.tsx'
import { pageOf } from '../../links.ts'
import type { Fields } from '../../page.ts'
import type { Visitor } from '../../visitor.ts'

export interface Choice {
  /** `TYPE:PRINCIPAL` */
  readonly value: string
  readonly text: string
  readonly group: 'Groups' | 'People' | 'Controllers'
  /** Its name where the page asks what the permissions mean for someone; undefined if it stands for a group. */
  readonly subject?: string
}

export const levelText = (level: number): string => (level >= WRITE ? 'read and change' : level >= READ ? 'read' : 'nothing')

const LEVEL_TONES = { nothing: undefined, read: 'info', 'read and change': 'success' } as const

export const LevelBadge = ({ level }: { level: number }) => {
  const text = levelText(level)
  const tone = LEVEL_TONES[text as keyof typeof LEVEL_TONES]
  return tone === undefined ? <Badge>{text}</Badge> : <Badge tone={tone}>{text}</Badge>
}

const iconOf = (type: number): IconName =>
  type === ONE_CONTROLLER || type === ORGANIZATION_CONTROLLERS ? 'controller' : type === ONE_USER ? 'user' : 'users'

const LEVELS = [
  [String(READ), 'Read'],
  [String(WRITE), 'Read and change'],
  [String(NONE), 'Nothing'],
] as const

interface TableProps {
  visitor: Visitor
  resource: Resource
  records: readonly AccessRecord[]
  isAdmin: boolean
  action: string
}

export const AccessTable = ({ visitor, resource, records, isAdmin, action }: TableProps) =>
  records.length === 0 ? (
    <Empty icon="lock" title="Nobody but admins of this server" />
  ) : (
    <ListTable columns={['Who', 'May', 'Set', ...(isAdmin ? [{ hidden: 'Change it' }] : [])]}>
      {records.map((record) => (
        <tr>
          <th scope="row">
            <span class="party">
              <Icon name={iconOf(record.party.type)} />
              {beginWith(record.party)}
            </span>
          </th>
          <td data-label="May">
            <LevelBadge level={record.level} />
          </td>
          <td data-label="Set">
            {record.from === resource ? 'here' : <a href={pageOf(record.from, 'permissions')}>inherited from {pathOf(record.from)}</a>}
          </td>
          {isAdmin ? (
            <td class="is-end is-tight">
              <ChangeForm
                visitor={visitor}
                record={record}
                isOwn={record.from === resource}
                action={action}
                hasParent={resource.parent !== undefined}
              />
            </td>
          ) : null}
        </tr>
      ))}
    </ListTable>
  )

/** The name at the beginning of a line, capitalized unless a person chose it. */
export const beginWith = ({ type, name }: Pick<Party, 'type' | 'name'>): string =>
  type === ONE_USER ? name : name.charAt(0).toUpperCase() + name.slice(1)

const ChangeForm = ({
  visitor,
  record: { party, level },
  isOwn,
  action,
  hasParent,
}: {
  visitor: Visitor
  record: AccessRecord
  isOwn: boolean
  action: string
  hasParent: boolean
}) => (
  <form class="change-access" method="post" action={action}>
    <Csrf visitor={visitor} />
    <input type="hidden" name="party" value={`${party.type}:${party.principal}`} />
    <select name="level" aria-label={`What ${party.name} may do here`}>
      {LEVELS.map(([value, text]) => (
        <option value={value} selected={Number(value) === level}>
          {text}
        </option>
      ))}
      {isOwn ? <option value="inherit">{hasParent ? 'As inherited' : 'Take the line away'}</option> : null}
    </select>
    <button type="submit" class="button is-small" aria-label={`Set what ${party.name} may do here`}>
      Set
    </button>
  </form>
)

export const AddLineForm = ({
  visitor,
  action,
  choices,
  typed,
}: {
  visitor: Visitor
  action: string
  choices: readonly Choice[]
  typed: Fields
}) => (
  <AddForm visitor={visitor} action={action} submit="Add the line">
    <ChoiceField
      label="Add somebody"
      name="party"
      choices={choices.map(({ value, text, group }) => ({ value, text, group }))}
      chosen={typed['party']}
    />
    <Select label="May" name="level" value={typed['level']} options={LEVELS} />
  </AddForm>
)

const GROUPS = ['Groups', 'People', 'Controllers'] as const

/** A list to choose from, in groups. */
export const ChoiceField = ({
  label,
  name,
  choices,
  chosen,
}: {
  label: string
  name: string
  choices: readonly Pick<Choice, 'value' | 'text' | 'group'>[]
  chosen: string | undefined
}) => (
  <div class="field">
    <label for={`field-${name}`}>{label}</label>
    <select id={`field-${name}`} name={name}>
      {GROUPS.map((group) => {
        const inside = choices.filter((choice) => choice.group === group)
        return inside.length === 0 ? null : (
          <optgroup label={group}>
            {inside.map(({ value, text }) => (
              <option value={value} selected={value === chosen}>
                {text}
              </option>
            ))}
          </optgroup>
        )
      })}
    </select>
  </div>
)
