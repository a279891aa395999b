/** Attributes of the organization /system that say which lab the database is of. Nobody sees or changes them from outside. */

/** The lab's id. */
export const LAB_ID = 'lab_id'
/** Of the setting SALT with which keys were made. */
export const SALT_FINGERPRINT = 'salt_fingerprint'

/** Grows each time that a standby takes the lab over. */
export const LAB_EPOCH = 'lab_epoch'

export const IDENTITY_ATTRIBUTES: readonly string[] = [LAB_ID, SALT_FINGERPRINT, LAB_EPOCH]
