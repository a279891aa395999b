/** How the commands for certificates tell what one says. */
import type { CertificateFacts } from '../../src/certificates/self-signed.ts'
import { formatTimestamp } from '../../src/base/time.ts'
import { formatFields } from '../support/output.ts'

const timeOf = (milliseconds: number): string => formatTimestamp(milliseconds * 1000)

export const describeFacts = (file: string, { names, until, fingerprint }: CertificateFacts): string =>
  formatFields([
    ['certificate', file],
    ['names', names.join(', ')],
    ['valid until', timeOf(until)],
    ['fingerprint', fingerprint],
  ])

export const factsToJson = (file: string, { names, from, until, fingerprint }: CertificateFacts): object => ({
  certificate_file: file,
  names,
  valid_from: timeOf(from),
  valid_until: timeOf(until),
  fingerprint,
})
