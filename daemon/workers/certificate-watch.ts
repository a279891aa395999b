/** Looks whether the certificates for TLS were renewed, as programs that fetch them do by themselves. */
import { stampFiles } from '../../src/certificates/certificate-files.ts'
import type { Context } from '../../src/context.ts'
import { Periodic } from './periodic.ts'

const EVERY_MS = 10_000

/** @param reload uses what is in the files now */
export function makeCertificateWatch(ctx: Context, reload: () => void): Periodic {
  let seen = stampFiles(ctx.settings)
  return new Periodic(ctx, {
    name: 'looking for new certificates',
    everyMs: EVERY_MS,
    run: async () => {
      const now = stampFiles(ctx.settings)
      if (now === seen) return
      seen = now
      reload()
    },
  })
}
