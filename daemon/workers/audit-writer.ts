/** Writes what the audit trail gathered in memory, and its lines for `/system/audit/log`. */
import type { Context } from '../../src/context.ts'
import { writeAuditLog } from '../../src/housekeeping/audit-log.ts'
import { Periodic } from './periodic.ts'

const INTERVAL_MS = 5_000

export const makeAuditWriter = (ctx: Context): Periodic =>
  new Periodic(ctx, {
    name: 'writing the audit trail',
    everyMs: INTERVAL_MS,
    lease: 'audit log',
    run: (isStopped) => writeAuditLog(ctx, isStopped),
  })
