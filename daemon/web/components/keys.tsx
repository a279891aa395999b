/** Shared parts of lists of keys. */
import type { Child } from 'hono/jsx'
import type { Context } from '../../../src/context.ts'
import { pathOf } from '../../../src/tree/tree.ts'
import type { KeyInfo } from '../../../src/wire/answers.ts'
import { pageOf } from '../links.ts'
import type { Visitor } from '../visitor.ts'
import { AgeOf, Badge } from './basics.tsx'
import { Icon } from './icons.tsx'
import { ListTable } from './lists.tsx'
import { PostButton } from './post.tsx'

/** The visible part of a key: its first and its last characters. */
export const showKeyPart = ({ key_part: part }: Pick<KeyInfo, 'key_part'>): string => `${part.slice(0, 3)}…${part.slice(3)}`

/** Whether the key has not been revoked. */
export const isLive = ({ revocation_timestamp: revoked }: Pick<KeyInfo, 'revocation_timestamp'>): boolean => revoked === ''

export const KeyState = ({ keyInfo }: { keyInfo: KeyInfo }) =>
  isLive(keyInfo) ? <Badge tone="success">Works</Badge> : <Badge>Revoked</Badge>

/** When and from where a key was last used, as far as that is known. */
export const LastUse = ({ keyInfo: { last_use_timestamp: time, last_use_address: address } }: { keyInfo: KeyInfo }) =>
  time === '' ? <>no use known</> : <>{`${time.slice(0, 16).replace('T', ' ')} UTC${address === '' ? '' : ` from ${address}`}`}</>

interface KeyHolderProps {
  ctx: Pick<Context, 'tree'>
  keyInfo: KeyInfo
  /** Names of members, by the ids of their users. */
  names: ReadonlyMap<number, string>
}

/** Who a key acts as. */
export const KeyHolder = ({
  ctx,
  keyInfo: { access_as_user_id: userId, access_as_controller_id: controllerId },
  names,
}: KeyHolderProps) => {
  const controller = controllerId === null ? undefined : ctx.tree.byId(controllerId)
  if (controller)
    return (
      <a class="name-link" href={pageOf(controller, 'keys')}>
        <Icon name="controller" />
        {pathOf(controller)}
      </a>
    )
  return (
    <span class="name-link">
      <Icon name={userId === null ? 'controller' : 'user'} />
      {userId === null ? 'a controller that was deleted' : (names.get(userId) ?? 'somebody who is no member')}
    </span>
  )
}

interface KeyTableProps {
  ctx: Pick<Context, 'tree' | 'clock'>
  keys: readonly KeyInfo[]
  names: KeyHolderProps['names']
  /** What can be done with each. */
  act?: (key: KeyInfo) => Child
}

/** Keys of an organization. */
export const KeyTable = ({ ctx, keys, names, act }: KeyTableProps) => (
  <ListTable columns={['Acts as', 'Key', 'Made', 'By', 'Last used', ...(act ? [{ hidden: 'What to do with it' }] : [])]}>
    {keys.map((key) => (
      <tr>
        <th scope="row">
          <KeyHolder ctx={ctx} keyInfo={key} names={names} />
        </th>
        <td data-label="Key">
          <code>{showKeyPart(key)}</code>
        </td>
        <td data-label="Made">
          <AgeOf timestamp={key.creation_timestamp} now={ctx.clock.now()} />
        </td>
        <td data-label="By" class="is-nowrap">
          {names.get(key.creation_user_id) ?? 'somebody else'}
        </td>
        <td data-label="Last used">
          <LastUse keyInfo={key} />
        </td>
        {act ? <td class="is-end is-tight">{act(key)}</td> : null}
      </tr>
    ))}
  </ListTable>
)

interface RevokeButtonProps {
  visitor: Visitor
  action: string
  keyInfo: KeyInfo
  /** Additional fields that are posted besides `key_id`. */
  fields?: Readonly<Record<string, string>>
  /** Which key: the text after "Revoke". */
  what?: string
  /** The same in full, for the confirmation. */
  whatInFull?: string
}

/** A button that revokes a key; nothing if it is revoked already. */
export const RevokeButton = ({
  visitor,
  action,
  keyInfo,
  fields = {},
  what = showKeyPart(keyInfo),
  whatInFull = `the key ${what}`,
}: RevokeButtonProps) =>
  isLive(keyInfo) ? (
    <PostButton
      visitor={visitor}
      action={action}
      fields={{ ...fields, key_id: keyInfo.id }}
      danger
      label={`Revoke ${what}`}
      confirm={`Revoke ${whatInFull}? What uses it is cut off at once.`}
    >
      Revoke
    </PostButton>
  ) : null
