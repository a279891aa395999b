/** "Alarms on this device": the part of "My settings" that is about web push. */
import { parseTimestamp, type Micros } from '../../../../src/base/time.ts'
import type { SentTest } from '../../../../src/wire/answers.ts'
import type { PushDeviceInfo } from '../../../../src/wire/people-answers.ts'
import { TestResults } from '../../components/active-alerts.tsx'
import { Age, Badge, Card, Notice, RefusalNotice } from '../../components/basics.tsx'
import { ProblemPlace } from '../../components/forms.tsx'
import { Icon } from '../../components/icons.tsx'
import { ListTable } from '../../components/lists.tsx'
import { PostButton } from '../../components/post.tsx'
import type { Refusal } from '../../page.ts'
import type { Visitor } from '../../visitor.ts'

interface DevicesCardProps {
  visitor: Visitor
  devices: readonly PushDeviceInfo[]
  /** Why nothing can be sent to devices now. */
  reason: string | undefined
  /** What this browser is called. */
  agent: string
  recipient: string
  tests: readonly SentTest[] | undefined
  refusal: Refusal | undefined
  now: Micros
}

const REMOVE = '/-/settings/devices/remove'

export const DevicesCard = ({ visitor, devices, reason, agent, recipient, tests, refusal, now }: DevicesCardProps) => (
  <Card title="Alarms on this device" note={`Shown by the browser, also when no page is open. Alarms tell ${recipient}.`}>
    <RefusalNotice refusal={refusal} />
    {reason === undefined ? null : <Notice tone="warning">Nothing can be sent to devices now. {reason}</Notice>}
    {tests === undefined ? null : <TestResults results={tests} />}
    {devices.length === 0 ? null : (
      <ListTable columns={['Device', 'Switched on', 'Told last', { hidden: 'What to do with it' }]}>
        {devices.map((device) => (
          <tr data-push-device={device.endpoint_hash}>
            <th scope="row">
              {device.name}{' '}
              <span data-push-own hidden>
                <Badge tone="success">this one</Badge>
              </span>
            </th>
            <td data-label="Switched on">{device.creation_timestamp.slice(0, 10)}</td>
            <td data-label="Told last">
              {device.sent_timestamp === null ? 'never' : <Age time={parseTimestamp(device.sent_timestamp) ?? 0} now={now} />}
            </td>
            <td class="is-end is-tight">
              <PostButton visitor={visitor} action={REMOVE} fields={{ device_id: device.id }} label={`Switch off on ${device.name}`}>
                Switch off
              </PostButton>
            </td>
          </tr>
        ))}
      </ListTable>
    )}
    <div class="actions">
      <form data-push-on data-name={agent}>
        <ProblemPlace />
        <button type="submit" class="button">
          <Icon name="plus" />
          Switch on here
        </button>
      </form>
      {devices.length === 0 ? null : (
        <PostButton visitor={visitor} action="/-/settings/devices/test" fields={{}} small={false}>
          Send me a test
        </PostButton>
      )}
    </div>
  </Card>
)
