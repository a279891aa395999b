/** What was stamped while the server's clock was wrong, on the page System, with what can be done about it. */
import type { WrongClock } from '../../../../src/wire/answers.ts'
import { Card } from '../../components/basics.tsx'
import { ListTable } from '../../components/lists.tsx'
import { PostButton } from '../../components/post.tsx'
import { describeOffset } from '../../shared/controller-state.ts'
import type { Visitor } from '../../visitor.ts'

/** Where the buttons post to. */
export const CLOCK_PATH = '/-/system/clock'

/** Shows those stretches whose values can be moved. */
export const ClockCard = ({ stretches, visitor }: { stretches: readonly WrongClock[]; visitor: Visitor }) => {
  const waiting = stretches.filter(({ state }) => state === 'waits')
  if (waiting.length === 0) return null
  return (
    <Card
      title="The server’s clock was wrong"
      note="What was stamped then can be moved by exactly what the clock was off. Each sequence can be moved back."
    >
      <ListTable columns={['From', 'Until', 'The clock was', { hidden: 'What to do' }]}>
        {waiting.map(({ id, start_timestamp: start, end_timestamp: end, off_by: by }) => (
          <tr>
            <th scope="row">{shorten(start)}</th>
            <td data-label="Until">{shorten(end)}</td>
            <td data-label="The clock was">{describeOffset(by ?? 0)}</td>
            <td class="is-end">
              <div class="actions is-end">
                <PostButton
                  visitor={visitor}
                  action={CLOCK_PATH}
                  fields={{ id, do: 'shift' }}
                  label={`Move the values from ${shorten(start)} on`}
                  confirm="Move all values that were stamped then?"
                >
                  Move the values
                </PostButton>
                <PostButton
                  visitor={visitor}
                  action={CLOCK_PATH}
                  fields={{ id, do: 'dismiss' }}
                  label={`Leave the values from ${shorten(start)} on as they are`}
                >
                  Leave them
                </PostButton>
              </div>
            </td>
          </tr>
        ))}
      </ListTable>
    </Card>
  )
}

/** `1970-01-01 01:00:00`, in UTC */
const shorten = (timestamp: string): string => timestamp.slice(0, 19).replace('T', ' ')
