/** What the audit trail records. The part before the dot is the group, by which people filter. */
export const AUDIT_KINDS = {
  'session.begun': 'signed in',
  'session.failed': 'failed to sign in',
  'session.ended': 'ended a session',
  'session.confirmed': 'confirmed who they are',
  'key.made': 'made a key',
  'key.revoked': 'revoked a key',
  'key.removed': 'removed the record of a key',
  'link.made': 'made a secret link',
  'link.revoked': 'withdrew a secret link',
  'link.opened': 'opened a secret link',
  'permission.set': 'set permissions',
  'member.added': 'added a member',
  'member.changed': 'changed a member',
  'member.removed': 'took a member out',
  'user.made': 'made a user',
  'user.changed': 'changed a user',
  'user.deleted': 'deleted a user',
  'password.changed': 'changed a password',
  'password.reset_asked': 'asked for a new password',
  'password.reset': 'set a forgotten password',
  'factor.added': 'added a second factor',
  'factor.removed': 'removed a second factor',
  'factor.codes_made': 'made recovery codes',
  'factor.code_used': 'used a recovery code',
  'invitation.made': 'invited somebody',
  'invitation.withdrawn': 'took an invitation back',
  'invitation.accepted': 'accepted an invitation',
  'organization.made': 'made an organization',
  'organization.changed': 'changed an organization',
  'resource.deleted': 'deleted',
  'resource.restored': 'brought back',
  'resource.purged': 'removed for good',
  'resource.moved': 'moved',
  'resource.changed': 'changed settings of',
  'values.removed': 'removed values',
  'values.moved': 'moved values in time',
  'values.imported': 'imported values',
  'alert.made': 'made an alert',
  'alert.changed': 'changed an alert',
  'alert.removed': 'removed an alert',
  'alert.muted': 'muted alerts',
  'alert.unmuted': 'ended a mute of alerts',
  'alert.acknowledged': 'took care of an alert',
  'values.masked': 'masked values',
  'values.unmasked': 'took a mask off',
  'values.calibrated': 'calibrated values',
  'values.uncalibrated': 'removed a calibration',
  'note.changed': 'changed a note',
  'note.removed': 'removed a note',
  'setting.changed': 'changed a setting',
  'message.sent': 'sent a test message',
  'message.repeated': 'sent a message again',
  'message.cancelled': 'took a message back',
  'device.added': 'switched alarms on for a device',
  'device.removed': 'switched alarms off for a device',
  'export.values': 'exported values',
  'export.zip': 'downloaded a zip',
  'export.lab': 'copied the whole lab',
  'refusal.unauthenticated': 'was not let in',
  'refusal.forbidden': 'was refused',
} as const

export type AuditKind = keyof typeof AUDIT_KINDS

export const isAuditKind = (text: string): text is AuditKind => Object.hasOwn(AUDIT_KINDS, text)

export const AUDIT_GROUPS: readonly string[] = [...new Set(Object.keys(AUDIT_KINDS).map((kind) => kind.slice(0, kind.indexOf('.'))))]

/** Kinds of a filter: one kind, or all of a group; empty when there is neither. */
export const kindsOf = (filter: string): AuditKind[] =>
  Object.keys(AUDIT_KINDS)
    .filter(isAuditKind)
    .filter((kind) => kind === filter || kind.startsWith(`${filter}.`))
