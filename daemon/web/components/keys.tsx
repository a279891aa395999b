/** Shared parts of lists of keys. */
import type { KeyInfo } from '../../../src/wire/answers.ts'
import type { Visitor } from '../visitor.ts'
import { Badge } from './basics.tsx'
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
