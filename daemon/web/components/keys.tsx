/** What lists of keys have in common. */
import type { KeyInfo } from '../../../src/people/keys.ts'
import type { Visitor } from '../visitor.ts'
import { Badge } from './basics.tsx'
import { PostButton } from './post.tsx'

/** What is known of a key: its first and its last letters. */
export const showKeyPart = ({ key_part: part }: Pick<KeyInfo, 'key_part'>): string => `${part.slice(0, 3)}…${part.slice(3)}`

/** Whether nobody revoked it. */
export const isLive = ({ revocation_timestamp: revoked }: Pick<KeyInfo, 'revocation_timestamp'>): boolean => revoked === ''

export const KeyState = ({ keyInfo }: { keyInfo: KeyInfo }) =>
  isLive(keyInfo) ? <Badge tone="success">Works</Badge> : <Badge>Revoked</Badge>

interface RevokeButtonProps {
  visitor: Visitor
  action: string
  keyInfo: KeyInfo
  /** What else is posted beside `key_id`. */
  fields?: Readonly<Record<string, string>>
  /** Which key: what stands behind "Revoke". */
  what?: string
  /** The same in full, for the question. */
  whatInFull?: string
}

/** Nothing for a key that was revoked already. */
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
