/** What a data set says of itself to people. */
import { requireSpec } from '../sequences/sequences.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { dataTypeNames } from '../wire/resource-types.ts'
import { valuesFile, type DatasetPlan } from './dataset-plan.ts'

export function describeForPeople({ place, sequences, leftOut, start, end }: DatasetPlan): string {
  return `# ${pathOf(place)}

Values of ${sequences.length === 1 ? 'one sequence' : `${sequences.length} sequences`}, ${rangeOf(start, end)}.

- \`values/\`: CSV with the header \`timestamp,value\`. Times are UTC (ISO 8601), numbers have a decimal point, text is UTF-8.
- \`masks.json\`: which values were marked as bad, by whom and why; \`calibrations.json\`: how values are read from a time on. \`values/\`
  is without the one and by the other; \`raw/\` holds the values of such sequences as they were measured.
- \`notes.json\`: what was noted on the sequences and on the folders that they are in.
- \`sequences.json\`: what each sequence is. \`datapackage.json\` says the same in the form of Frictionless Data.
- \`manifest.json\`: the SHA-256 of each file. The SHA-256 of \`manifest.json\` itself is this data set's id.

\`rhizo verify FILE\` says, without a server, whether any byte was changed since. So does any program for SHA-256, file by file.

| sequence | type | units | file |
|---|---|---|---|
${sequences.map(rowOf).join('\n')}
${leftOut.length === 0 ? '' : `\nLeft out, since they hold images:\n\n${leftOut.map((one) => `- ${pathOf(one)}`).join('\n')}\n`}`
}

function rangeOf(start: Micros | undefined, end: Micros | undefined): string {
  if (start === undefined && end === undefined) return 'all that were stored'
  const from = start === undefined ? '' : `from ${formatTimestamp(start)} `
  return `${from}${end === undefined ? 'on' : `to ${formatTimestamp(end)}`}, both ends included`
}

function rowOf(sequence: Resource): string {
  const { dataType, units } = requireSpec(sequence)
  return `| ${[pathOf(sequence), dataTypeNames[dataType], units ?? '', valuesFile(sequence)].map(cell).join(' | ')} |`
}

/** Lines and bars would end a cell. */
const cell = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('|', '\\|')
