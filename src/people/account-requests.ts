/**
 * Codes that let new people in: invitations into an organization (invitations.ts) and requests for a new one (sign-up.ts). A code is valid
 * for 7 days and can be used once; only its hash is stored. Source: protocol, section 5.
 */
import { recordAudit } from '../audit/record.ts'
import { announceProof, proveAddress } from './address-proof.ts'
import { recordCodeMail, type CodeMail } from './code-mails.ts'
import type { Context } from '../context.ts'
import type { Db, Tx } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import { Fault, conflict, invalid, notFound } from '../base/fault.ts'
import { isObject, parseJson } from '../base/json.ts'
import type { Recorded } from '../notifications/queue.ts'
import { withdrawMessage } from '../notifications/records.ts'
import { findOrganizationName, insertMember, insertOrganization, organizationMade } from '../resources/organizations.ts'
import { checkPassword } from './password-checks.ts'
import { makeAccessCode, sha256Hex } from '../base/secrets.ts'
import type { ThrottleRule } from '../tree/throttles.ts'
import { DAY, MINUTE, formatTimestamp, type Micros } from '../base/time.ts'
import { pathOf } from '../tree/tree.ts'
import { findUserByName, prepareUser, unlessTaken, writeUser } from './user-records.ts'
import { SYSTEM_ADMIN } from '../wire/user-roles.ts'
import type { AccountRequestInfo } from '../wire/answers.ts'

export const VALIDITY = 7 * DAY
const CODE_LENGTH = 30

const wrongCodes: ThrottleRule = { what: 'wrong invitation codes from your address', limit: 30, window: 15 * MINUTE, durable: true }

/** What an account request is for. */
export type Purpose =
  | { readonly organizationId: number; readonly inviterId: number; readonly isAdmin: boolean }
  | { readonly organizationName: string }

/**
 * Writes an account request and, if given, its mail: both or neither.
 * @returns the code, which can't be recovered later, and the queued mail to announce
 */
export async function insertAccountRequest(
  ctx: Context,
  tx: Tx,
  emailAddress: string,
  purpose: Purpose,
  mail: CodeMail | undefined,
): Promise<{ id: number; code: string; recorded: Recorded | undefined }> {
  const code = makeAccessCode(CODE_LENGTH)
  const isInvitation = 'organizationId' in purpose
  const recorded = mail && (await recordCodeMail(ctx, tx, emailAddress, mail, code, isInvitation ? purpose.inviterId : undefined))
  const { id } = await tx
    .insertInto('account_requests')
    .values({
      organization_name: isInvitation ? null : purpose.organizationName,
      organization_id: isInvitation ? purpose.organizationId : null,
      inviter_id: isInvitation ? purpose.inviterId : null,
      creation_timestamp: ctx.believed.now(),
      redeemed_timestamp: null,
      access_code_hash: sha256Hex(code),
      email_address: emailAddress,
      message_id: recorded?.id ?? null,
      attributes: JSON.stringify(isInvitation ? { is_admin: purpose.isAdmin } : {}),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { id, code, recorded }
}

/**
 * Withdraws account requests: their codes become void, and mails that still wait are not sent.
 * @param record in the same transaction
 */
export async function withdrawRequests(
  ctx: Context,
  requests: readonly { id: number; message_id: number | null }[],
  record: (tx: Tx) => Promise<void> = async () => {},
): Promise<void> {
  if (requests.length === 0) return
  await transact(ctx, async (tx) => {
    await tx
      .deleteFrom('account_requests')
      .where(
        'id',
        'in',
        requests.map(({ id }) => id),
      )
      .where('redeemed_timestamp', 'is', null)
      .execute()
    await record(tx)
  })
  for (const { message_id: messageId } of requests)
    if (messageId !== null) await withdrawMessage(ctx, messageId, 'What it invited to was taken back, or is in a newer mail.')
}

/** The request of a code that can still be redeemed. */
interface AccountRequest {
  readonly id: number
  readonly emailAddress: string
  readonly created: Micros
  readonly purpose: Purpose
  /** Whether the code went to the address by mail, so that using it shows whose the address is. */
  readonly byMail: boolean
}

/** @throws Fault not_found when the code is wrong, used or expired; throttled */
export async function describeAccountRequest(ctx: Context, code: string, address: string): Promise<AccountRequestInfo> {
  const { emailAddress, created, purpose } = await requireRequest(ctx, code, address)
  const account = await findUserByName(ctx.db, emailAddress)
  const resource = 'organizationId' in purpose ? ctx.tree.byId(purpose.organizationId) : undefined
  return {
    kind: resource ? 'invitation' : 'organization',
    email_address: emailAddress,
    organization: resource ? { path: pathOf(resource), full_name: await findOrganizationName(ctx, resource) } : null,
    organization_name: 'organizationName' in purpose ? purpose.organizationName : null,
    has_account: account?.deleted === 0,
    expiry_timestamp: formatTimestamp(created + VALIDITY),
  }
}

export interface Redemption {
  readonly code: string
  /** Password of the new account, or of the existing one if the address has an account. */
  readonly password: string
  readonly fullName?: string | undefined
  readonly userName?: string | undefined
  /** Name of the folder of a new organization. */
  readonly folderName?: string | undefined
  /** The requester's network address. */
  readonly address: string
}

/**
 * Creates the account for a code, unless its address has one, and makes it a member of the organization, which is created first if the
 * request was for a new one. All or nothing. A mailed code shows whose the address is: the first one ends sessions, keys, second
 * factors and devices for alarms made before.
 * @throws Fault not_found when the code is wrong, used or expired; unauthenticated when the account's password is wrong; invalid, conflict,
 * throttled
 */
export async function redeemAccountRequest(ctx: Context, redemption: Redemption): Promise<{ userId: number; organizationId: number }> {
  const { code, address, folderName } = redemption
  const request = await requireRequest(ctx, code, address)
  const { purpose, emailAddress, byMail } = request
  if ('organizationName' in purpose && folderName === undefined)
    throw invalid("folder_name is missing: choose a name for the new organization's folder.")
  const account = await findUserByName(ctx.db, emailAddress)
  if (account?.deleted === 1) throw conflict('The account with that address was deleted. Ask a system admin to bring it back.')
  if (account && !(await checkPassword(ctx, account, redemption.password, { account: account.email_address, address }))) {
    throw new Fault('unauthenticated', 'That e-mail address has an account already, and this is not its password.')
  }
  const known = [folderName ?? '', nameOf(ctx, purpose)]
  const newUser = account ? undefined : await prepareUser(ctx, { ...redemption, emailAddress, addressProven: byMail, known })
  const { row, userId, organizationId, isAdmin, proof } = await transact(ctx, async (tx) => {
    // The code may have been used elsewhere while the password was hashed.
    if (!(await findRequest(ctx, tx, code))) throw gone()
    await tx.updateTable('account_requests').set({ redeemed_timestamp: ctx.clock.now() }).where('id', '=', request.id).execute()
    const userId = newUser ? await unlessTaken(() => writeUser(tx, newUser)) : (account?.id ?? 0)
    const row =
      'organizationName' in purpose
        ? await insertOrganization(ctx, tx, { fullName: purpose.organizationName, folderName: folderName ?? '' })
        : undefined
    const organizationId = 'organizationId' in purpose ? purpose.organizationId : (row?.id ?? 0)
    // If the user became an admin in the meantime, the invitation must not take that away.
    const isAdmin = row !== undefined || ('isAdmin' in purpose && purpose.isAdmin) || ctx.tree.isAdmin(organizationId, userId)
    await insertMember(tx, { organizationId, userId, isAdmin })
    const proof = byMail ? await proveAddress(ctx, tx, userId) : undefined
    const doer = { kind: 'user', userId, address } as const
    if (row) await recordAudit(ctx, tx, doer, organizationMade(row))
    await recordAudit(ctx, tx, doer, {
      kind: 'invitation.accepted',
      organizationId,
      subject: { kind: 'invitation', id: request.id, name: emailAddress },
      details: {
        is_admin: isAdmin,
        new_account: newUser !== undefined,
        keys_revoked: proof?.keyIds.length,
        factors_removed: proof?.factors,
        devices_removed: proof?.devices,
      },
    })
    return { row, userId, organizationId, isAdmin, proof }
  })
  if (row) ctx.tree.add(row)
  ctx.tree.setMember(organizationId, userId, isAdmin)
  if (proof) await announceProof(ctx, userId, proof)
  return { userId, organizationId }
}

const nameOf = (ctx: Context, purpose: Purpose): string =>
  'organizationName' in purpose ? purpose.organizationName : (ctx.tree.byId(purpose.organizationId)?.name ?? '')

async function requireRequest(ctx: Context, code: string, address: string): Promise<AccountRequest> {
  ctx.throttles.check(wrongCodes, address)
  const request = await findRequest(ctx, ctx.db, code)
  if (request) return request
  ctx.throttles.count(wrongCodes, address)
  throw gone()
}

/**
 * The live request with this code. An invitation lapses with its organization, and when its inviter may not invite any more; a sign-up
 * lapses when sign-up is turned off.
 */
async function findRequest(ctx: Context, db: Db, code: string): Promise<AccountRequest | undefined> {
  const row = await db
    .selectFrom('account_requests')
    .leftJoin('users', 'users.id', 'inviter_id')
    .select([
      'account_requests.id',
      'organization_id',
      'organization_name',
      'account_requests.email_address',
      'account_requests.attributes',
      'account_requests.creation_timestamp',
      'inviter_id',
      'message_id',
      'role',
      'deleted',
    ])
    .where('access_code_hash', '=', sha256Hex(code))
    .where('redeemed_timestamp', 'is', null)
    .where('account_requests.creation_timestamp', '>', ctx.believed.before(VALIDITY))
    .executeTakeFirst()
  if (!row) return undefined
  const request = { id: row.id, emailAddress: row.email_address, created: row.creation_timestamp, byMail: row.message_id !== null }
  if (row.organization_name !== null)
    return ctx.settings.ORGANIZATION_SIGN_UP ? { ...request, purpose: { organizationName: row.organization_name } } : undefined
  const { organization_id: organizationId, inviter_id: inviterId } = row
  if (organizationId === null || inviterId === null || !ctx.tree.byId(organizationId) || row.deleted !== 0) return undefined
  if (row.role !== SYSTEM_ADMIN && !ctx.tree.isAdmin(organizationId, inviterId)) return undefined
  return { ...request, purpose: { organizationId, inviterId, isAdmin: isForAdmin(row.attributes) } }
}

/** Whether an invitation is for an admin. @param attributes of its row */
export function isForAdmin(attributes: string): boolean {
  const parsed = parseJson(attributes, 'attributes')
  return isObject(parsed) && parsed['is_admin'] === true
}

const gone = (): Fault => notFound('There is no such invitation: the code is wrong, was used already, or is older than 7 days.')
