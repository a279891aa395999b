/** The newest lines of a text sequence, oldest first; client/log-lines.ts adds what comes. */
import type { Actor } from '../../../src/actor.ts'
import type { Context } from '../../../src/context.ts'
import { TEXT } from '../../../src/resource-types.ts'
import { readValues } from '../../../src/sequences.ts'
import { formatTimestamp, type Micros } from '../../../src/time.ts'
import { pathOf, type Resource } from '../../../src/tree.ts'
import { formatTime } from '../shared/format.ts'
import { levelOf } from '../shared/log-level.ts'
import { pageOf } from '../links.ts'

/** Longest part of a line that is shown, in characters. */
const MAX_LINE = 2_000

export interface LogLine {
  readonly time: Micros
  readonly text: string
}

/** @param sequence what it is read from; none, or no text: there are no lines @throws Fault forbidden */
export async function readLogLines(ctx: Context, actor: Actor, sequence: Resource | undefined, limit: number): Promise<LogLine[]> {
  if (sequence?.sequence?.dataType !== TEXT) return []
  const { times, values } = await readValues(ctx, actor, sequence, { order: 'descending', limit })
  return times.map((time, at) => ({ time, text: String(values[at]).slice(0, MAX_LINE) })).reverse()
}

export const LogLines = ({ sequence, lines }: { sequence: Resource | undefined; lines: readonly LogLine[] }) => (
  <div id="log" class="stack" data-refresh data-log={sequence === undefined ? undefined : pathOf(sequence)}>
    {lines.length === 0 ? <p class="note">Nothing was logged yet.</p> : null}
    <ol class="log-lines" tabindex={0} aria-label="Newest lines of the log" data-log-lines>
      {lines.map(({ time, text }) => (
        <li class={`log-line is-${levelOf(text)}`}>
          <time datetime={formatTimestamp(time)}>{formatTime(time / 1000)}</time> <span>{text}</span>
        </li>
      ))}
    </ol>
    {sequence === undefined ? null : (
      <p>
        <a href={pageOf(sequence)}>The whole log</a>
      </p>
    )}
  </div>
)
