/** How it stands with the backups, on the page System. */
import type { BackupState } from '../../../../src/backup/state.ts'
import type { Micros } from '../../../../src/base/time.ts'
import { Age, Badge, Card, Notice } from '../../components/basics.tsx'
import { formatBytes } from '../../shared/format.ts'

export const BackupCard = ({ state, now }: { state: BackupState; now: Micros }) => {
  const { folder, newest, proof, failure, isOverdue } = state
  return (
    <Card title="Backups" note={folder === undefined ? 'No schedule: the setting BACKUP_TO is not set.' : `To ${folder}`}>
      {failure === undefined ? null : <Notice tone="danger">The newest backup failed: {failure}</Notice>}
      {failure === undefined && isOverdue ? (
        <Notice tone="danger">A backup was missed: there is none as new as it should be.</Notice>
      ) : null}
      <dl class="facts">
        <div>
          <dt>Newest backup</dt>
          <dd>
            {newest === undefined ? (
              <>
                none <Badge tone="warning">not backed up</Badge>
              </>
            ) : (
              <>
                of <Age time={newest.point ?? newest.start} now={now} />, to {newest.place === '-' ? 'a stream' : newest.place}
                {newest.bytes === null ? '' : `, ${formatBytes(newest.bytes)}`}
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>Newest proof</dt>
          <dd>
            {proof === undefined ? (
              <>
                none yet: <code>rhizo backup --prove</code>
              </>
            ) : (
              <>
                <Age time={proof.start} now={now} />:{' '}
                {proof.error === null ? (
                  <Badge tone="success">restored and sound</Badge>
                ) : (
                  <>
                    <Badge tone="danger">failed</Badge> {proof.error}
                  </>
                )}
              </>
            )}
          </dd>
        </div>
      </dl>
    </Card>
  )
}
