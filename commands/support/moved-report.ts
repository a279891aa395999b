/** What `rhizo import-server` says at its end, for people and as JSON. */
import type { ImportReport } from '../../src/moving-in/import-server.ts'

export const movedJson = (report: ImportReport): object => ({
  source: report.source,
  dry_run: report.isTrial,
  resumed: report.isResumed,
  database: report.database ?? null,
  counts: report.counts,
  values_as_text: report.aside,
  values_repeated: report.repeated,
  renamed: report.findings.renamed,
  changed: report.findings.changed,
  left_out: report.findings.leftOut.map(({ subject, problem }) => ({ subject, problem })),
  untold: report.findings.untold,
  compared: report.compared,
  different: report.different,
  settings: report.settings
    ? { taken: [...report.settings.taken.keys()], production: report.settings.wasProduction, others: report.settings.others }
    : null,
})

export function movedText(report: ImportReport): string {
  const { findings, counts, settings } = report
  const width = Math.max(...Object.keys(counts).map((name) => name.length))
  const number = (count: number): string => count.toLocaleString('en')
  return [
    ...findings.renamed.map(({ what, from, to, reason }) => `renamed: ${what} ${from} is ${to} here, as it ${reason}`),
    ...findings.changed.map(({ subject, change }) => `changed: ${subject} ${change}`),
    ...findings.leftOut.map(({ subject, problem }) => `left out: ${subject} ${problem}`),
    ...(findings.untold > 0 ? [`${number(findings.untold)} more of these are not listed.`] : []),
    '',
    ...Object.entries(counts).map(([name, { there, taken }]) => {
      const more = name === 'values' ? asideText(report) : ''
      return `${name.replaceAll('_', ' ').padEnd(width)}  ${number(taken).padStart(11)} of ${number(there)}${more}`
    }),
    '',
    ...(report.isTrial ? ['Nothing was written: run it without --dry-run.'] : endText(report)),
    ...(settings === undefined && !report.isTrial
      ? ["No --config was given: passwords and keys work only if the setting SALT here is the original's."]
      : []),
    ...(settings?.wasProduction
      ? ['PRODUCTION was on at the original. Set it here when this server takes its place, so that only one of them sends mail.']
      : []),
  ].join('\n')
}

const asideText = ({ aside, repeated }: ImportReport): string =>
  (aside > 0 ? `, ${aside.toLocaleString('en')} as text` : '') +
  (repeated > 0 ? `, ${repeated.toLocaleString('en')} at repeated times` : '')

const endText = ({ compared, different, database }: ImportReport): string[] => [
  ...different.map((path) => `different: ${path} is not the same on both sides`),
  different.length === 0
    ? `Compared ${compared.toLocaleString('en')} sequences and files by count and hash: all are the same on both sides.`
    : `Compared ${compared.toLocaleString('en')} sequences and files by count and hash: ${different.length} differ.`,
  `The lab is in ${database ?? ''}. Look at it with "rhizo doctor", start it with "rhizo serve".`,
]
