/** The difference of two texts, as a table of lines. client/file/difference-table.ts makes the same in the browser. */
import { MAX_SHOWN_LINE, type Difference, type DifferenceLine } from '../shared/difference.ts'
import { formatCount } from '../shared/format.ts'
import { Notice } from './basics.tsx'

export const SIGNS: Readonly<Record<DifferenceLine['kind'], string>> = { same: '', added: '+', removed: '\u2212' }

/** @param difference undefined: the texts differ too much to be compared */
export const DifferenceTable = ({ difference, label }: { difference: Difference | undefined; label: string }) => {
  if (!difference)
    return <Notice>The two differ too much to be compared line by line. Download both and compare them with a program of your own.</Notice>
  if (difference.hunks.length === 0) return <Notice tone="success">There is no difference.</Notice>
  return (
    <>
      <p class="note">
        {formatCount(difference.added)} {difference.added === 1 ? 'line' : 'lines'} added, {formatCount(difference.removed)} removed
      </p>
      <div class="table-frame" tabindex={0} role="region" aria-label={label}>
        <table class="difference">
          <thead class="is-hidden">
            <tr>
              <th scope="col">Line before</th>
              <th scope="col">Line after</th>
              <th scope="col">Change</th>
              <th scope="col">Text</th>
            </tr>
          </thead>
          {difference.hunks.map((hunk) => (
            <tbody>
              {hunk.map(({ kind, before, after, text }) => (
                <tr class={`is-${kind}`}>
                  <td>{before}</td>
                  <td>{after}</td>
                  <td>{SIGNS[kind]}</td>
                  <td>{text.length > MAX_SHOWN_LINE ? `${text.slice(0, MAX_SHOWN_LINE)}…` : text}</td>
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      </div>
    </>
  )
}
