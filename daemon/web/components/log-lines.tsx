/** The newest lines of a text sequence, oldest first; client/log-lines.ts adds new ones. */
import type { PropsWithChildren } from 'hono/jsx'
import type { Actor } from '../../../src/tree/actor.ts'
import type { Context } from '../../../src/context.ts'
import { TEXT } from '../../../src/wire/resource-types.ts'
import { readValues } from '../../../src/sequences/sequences.ts'
import { formatTimestamp } from '../../../src/base/time.ts'
import { pathOf, type Resource } from '../../../src/tree/tree.ts'
import { formatTime } from '../shared/format.ts'
import { levelOf } from '../shared/log-level.ts'
import { MAX_SHOWN_LINE, type ShownLine } from '../shared/shown-line.ts'
import { pageOf } from '../links.ts'

type Line = Pick<ShownLine, 'time' | 'text'>

/** @param sequence to read from; undefined, or not a text sequence: no lines @throws Fault forbidden */
export async function readLogLines(ctx: Context, actor: Actor, sequence: Resource | undefined, limit: number): Promise<Line[]> {
  if (sequence?.sequence?.dataType !== TEXT) return []
  const { times, values } = await readValues(ctx, actor, sequence, { order: 'descending', limit })
  return times.map((time, at) => ({ time, text: String(values[at]).slice(0, MAX_SHOWN_LINE) })).reverse()
}

/** One line of any log, in the colour of its level; client/log-line.ts makes the same. @param children shown after the text */
export const LogLine = ({ time, text, zone = 'UTC', children }: PropsWithChildren<Line & { zone?: string | undefined }>) => (
  <li class={`log-line is-${levelOf(text)}`} data-time={time}>
    <time datetime={formatTimestamp(time)} title={zone}>
      {formatTime(time / 1000, zone)}
    </time>{' '}
    <span>{text}</span>
    {children}
  </li>
)

/** @param zone time zone of the times, by default UTC */
export const LogLines = ({
  sequence,
  lines,
  zone = 'UTC',
}: {
  sequence: Resource | undefined
  lines: readonly Line[]
  zone?: string | undefined
}) => (
  <div id="log" class="stack" data-refresh data-log={sequence === undefined ? undefined : pathOf(sequence)} data-zone={zone}>
    {lines.length === 0 ? <p class="note">Nothing was logged yet.</p> : null}
    <ol class="log-lines" tabindex={0} aria-label="Newest lines of the log" data-log-lines>
      {lines.map(({ time, text }) => (
        <LogLine time={time} text={text} zone={zone} />
      ))}
    </ol>
    {sequence === undefined ? null : (
      <p>
        <a href={pageOf(sequence)}>The whole log</a> <span class="note">Times are those of {zone}.</span>
      </p>
    )}
  </div>
)
