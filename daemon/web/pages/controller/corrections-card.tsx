/** What the server corrected of the times that a controller sent, on its state page, with the way back. */
import { formatDuration } from '../../../../src/base/duration.ts'
import { conflict } from '../../../../src/base/fault.ts'
import { SECOND, requireTimestamp } from '../../../../src/base/time.ts'
import type { Context } from '../../../../src/context.ts'
import { undoCorrection } from '../../../../src/sequences/correction-undo.ts'
import type { Actor } from '../../../../src/tree/actor.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import type { TimeCorrection } from '../../../../src/wire/answers.ts'
import { Card } from '../../components/basics.tsx'
import { ListTable } from '../../components/lists.tsx'
import { PostButton } from '../../components/post.tsx'
import { pageOf } from '../../links.ts'
import type { Fields } from '../../page.ts'
import type { Visitor } from '../../visitor.ts'

/** Sequences that are named; the others are counted. */
const NAMED = 5

const NOTE =
  'Its clock was taken for wrong, and what it was off by was added to the times that it sent. Undone, the values stand at the times that ' +
  'were sent.'

interface Props {
  readonly corrections: readonly TimeCorrection[]
  readonly controller: Resource
  /** undefined: the reader may undo none. */
  readonly visitor: Visitor | undefined
}

export const CorrectionsCard = ({ corrections, controller, visitor }: Props) =>
  corrections.length === 0 ? null : (
    <Card title="Times that were corrected" note={NOTE}>
      <ListTable columns={['Since', 'Added', 'Values of', { hidden: 'What to do' }]}>
        {corrections.map(({ since_timestamp: since, seconds, sequences }) => {
          const standing = sequences.filter(({ undone_timestamp: undone }) => undone === null)
          return (
            <tr>
              <th scope="row">{shorten(since)}</th>
              <td data-label="Added">{`${seconds < 0 ? '−' : ''}${formatDuration(Math.round(Math.abs(seconds)) * SECOND)}`}</td>
              <td data-label="Values of">{namesOf(sequences)}</td>
              <td class="is-end">
                {standing.length === 0 ? (
                  'undone'
                ) : visitor === undefined ? null : (
                  <PostButton
                    visitor={visitor}
                    action={pageOf(controller, 'state')}
                    fields={{ since }}
                    label={`Undo the correction since ${shorten(since)}`}
                    confirm="Move these values back to the times that they were sent with?"
                  >
                    Undo
                  </PostButton>
                )}
              </td>
            </tr>
          )
        })}
      </ListTable>
    </Card>
  )

/** Undoes the correction that the form names. @throws Fault not_found; forbidden; conflict naming what could not be moved */
export async function undoByForm(ctx: Context, actor: Actor, controller: Resource, form: Fields): Promise<void> {
  const since = requireTimestamp(form['since'] ?? '', 'since')
  const { failed } = await undoCorrection(ctx, actor, controller, { since })
  const [first] = failed
  if (first) throw conflict(`${failed.length} could not be moved, the others were. ${first.reason}`)
}

const namesOf = (sequences: TimeCorrection['sequences']): string => {
  const names = sequences.slice(0, NAMED).map(({ path }) => path)
  return names.join(', ') + (sequences.length > NAMED ? ` and ${sequences.length - NAMED} more` : '')
}

/** `2026-01-31 15:00:00`, in UTC */
const shorten = (timestamp: string): string => timestamp.slice(0, 19).replace('T', ' ')
