/** The common frame of the pages of all sequences: heading with the newest value, settings, deleting. */
import type { Child } from 'hono/jsx'
import type { Labels } from '../../../../src/attributes/labels.ts'
import type { Context } from '../../../../src/context.ts'
import { newestImageTime } from '../../../../src/sequences/image-reading.ts'
import { canWrite } from '../../../../src/tree/permissions.ts'
import { NUMERIC, TEXT } from '../../../../src/wire/resource-types.ts'
import { readAhead, readNewest, requireSpec } from '../../../../src/sequences/sequences.ts'
import { formatDuration } from '../../../../src/base/duration.ts'
import { formatTimestamp, type Micros } from '../../../../src/base/time.ts'
import type { UnitSystem } from '../../../../src/base/units.ts'
import { isImageSequence, pathOf, timezoneOf, type Resource } from '../../../../src/tree/tree.ts'
import type { ActiveAlert } from '../../../../src/watching/active-alerts.ts'
import { ActiveAlerts } from '../../components/active-alerts.tsx'
import { Age, Notice, PageHeader } from '../../components/basics.tsx'
import { Icon } from '../../components/icons.tsx'
import { ImportDialog } from '../../components/import-dialog.tsx'
import { kindOf } from '../../components/kinds.ts'
import { pageOf } from '../../links.ts'
import type { Page, PageRequest } from '../../page.ts'
import { showNumber } from '../../shared/shown-value.ts'
import { CalibrationDialog, MaskDialog, type KnownCorrections } from './correction-dialogs.tsx'
import { RemovalDialog, SettingsDialog } from './dialogs.tsx'

export interface Newest {
  readonly time: Micros
  /** Missing for images. */
  readonly text?: string
  /** Values that are to come. */
  readonly ahead?: { readonly first: Micros; readonly last: Micros }
}

/** @throws Fault forbidden */
export async function readNewestOf({ ctx, actor }: PageRequest, sequence: Resource): Promise<Newest | undefined> {
  if (!isImageSequence(sequence)) {
    const newest = await readNewest(ctx, actor, sequence)
    const ahead = newest && (await readAhead(ctx, sequence))
    return ahead ? { ...newest, ahead } : newest
  }
  const time = await newestImageTime(ctx, sequence)
  return time === undefined ? undefined : { time }
}

/** Default time zone of a sequence's page; undefined: the browser's own. Logs have always been in UTC. */
export const shownTimezone = (ctx: Pick<Context, 'tree'>, sequence: Resource): string | undefined =>
  timezoneOf(ctx.tree, sequence) ?? (sequence.sequence?.dataType === TEXT ? 'UTC' : undefined)

interface Frame {
  readonly newest: Newest | undefined
  /** Shown beside the heading, before settings and deleting. */
  readonly actions?: Child
  readonly content: Child
  readonly script: string
  readonly state: Readonly<Record<string, unknown>>
  readonly crumb?: string
  readonly labels?: Labels
  /** Where values can be corrected on this page: what is corrected already. */
  readonly corrections?: KnownCorrections
  /** Those that are on. */
  readonly alerts: readonly ActiveAlert[]
}

/** The caller has checked that the sequence may be read. */
export function frameSequence(
  { ctx, actor, visitor }: PageRequest,
  sequence: Resource,
  { newest, actions, content, script, state, crumb, alerts, corrections, labels }: Frame,
): Page {
  const isWritable = canWrite(ctx, actor, sequence)
  const spec = requireSpec(sequence)
  return {
    title: crumb === undefined ? sequence.name : `${sequence.name}: ${crumb}`,
    resource: sequence,
    crumb,
    wide: true,
    script,
    state: { path: pathOf(sequence), now: ctx.clock.now() / 1000, timezone: shownTimezone(ctx, sequence), ...state },
    content: (
      <>
        <PageHeader
          title={labels?.label ?? sequence.name}
          icon={kindOf(sequence).icon}
          lead={
            <NewestLine
              newest={newest}
              isNumeric={spec.dataType === NUMERIC}
              units={spec.units}
              decimals={spec.decimalPlaces}
              now={ctx.clock.now()}
              isAlert={alerts.length > 0}
              system={visitor.units}
            />
          }
        >
          {actions}
          {visitor.reader === undefined ? (
            <a class="button" href={pageOf(sequence, 'alerts')}>
              <Icon name="bell" />
              Alerts
            </a>
          ) : null}
          {isWritable ? (
            <details class="menu" data-menu>
              <summary class="button is-icon" aria-label="Change the sequence" title="Change the sequence">
                <Icon name="settings" />
              </summary>
              <div class="menu-items is-right">
                <a href={pageOf(sequence, 'links')} data-share>
                  <Icon name="link" />
                  <span>Share by a secret link</span>
                </a>
                <button type="button" data-dialog="settings">
                  <Icon name="settings" />
                  <span>Settings</span>
                </button>
                {isImageSequence(sequence) ? null : (
                  <button type="button" data-import="">
                    <Icon name="upload" />
                    <span>Values from a file</span>
                  </button>
                )}
                {corrections === undefined ? null : (
                  <>
                    <button type="button" data-dialog="mask">
                      <Icon name="close" />
                      <span>Mask bad values</span>
                    </button>
                    <button type="button" data-dialog="calibration">
                      <Icon name="edit" />
                      <span>Calibrate</span>
                    </button>
                  </>
                )}
                <button type="button" class="is-danger" data-dialog="removal">
                  <Icon name="trash" />
                  <span>Delete values</span>
                </button>
              </div>
            </details>
          ) : null}
        </PageHeader>
        {labels === undefined ? null : <LabelLine labels={labels} />}
        {newest?.ahead ? <Ahead {...newest.ahead} isWritable={isWritable} /> : null}
        {spec.minStorageInterval > 0 ? (
          <Notice tone="warning">
            This sequence stores a value every {formatDuration(spec.minStorageInterval)} at most. Those that come sooner are shown here and
            not kept. {isWritable ? 'Settings, “Seconds between stored values”: 0 stores each one.' : null}
          </Notice>
        ) : null}
        <ActiveAlerts alerts={alerts} now={ctx.clock.now()} system={visitor.units} />
        {content}
        {isWritable ? (
          <>
            <SettingsDialog sequence={sequence} labels={labels} />
            <RemovalDialog sequence={sequence} />
            {isImageSequence(sequence) ? null : <Imports sequence={sequence} />}
            {corrections === undefined ? null : (
              <>
                <MaskDialog sequence={sequence} system={visitor.units} masks={corrections.masks} />
                <CalibrationDialog sequence={sequence} system={visitor.units} calibrations={corrections.calibrations} />
              </>
            )}
          </>
        ) : null}
      </>
    ),
  }
}

/** Brings values of a file in, which is dropped or chosen; client/sequence/changes.ts handles it. */
const Imports = ({ sequence }: { sequence: Resource }) => (
  <>
    <div id="drop-hint" class="drop-hint" aria-hidden="true">
      <Icon name="upload" class="is-huge" />
      Drop a file to import its values into {sequence.name}
    </div>
    <ImportDialog into={undefined} />
  </>
)

/** What it is and where. */
const LabelLine = ({ labels }: { labels: Labels }) => {
  const facts = [labels.place, labels.serial_number === undefined ? undefined : `serial number ${labels.serial_number}`]
  const line = facts.filter((fact) => fact !== undefined).join(' · ')
  return labels.description === undefined && line === '' ? null : (
    <p class="note">
      {labels.description}
      {labels.description !== undefined && line !== '' ? <br /> : null}
      {line}
    </p>
  )
}

/** Values of the future, which a wrong clock stamped; client/sequence/changes.ts handles the button. */
const Ahead = ({ first, last, isWritable }: { first: Micros; last: Micros; isWritable: boolean }) => (
  <Notice tone="warning">
    There are values that are still to come, from {formatTimestamp(first)} to {formatTimestamp(last)}: a clock was ahead when they were
    stamped. The newest value is the newest before them.{' '}
    {isWritable ? (
      <button
        type="button"
        class="button is-small is-danger"
        id="remove-ahead"
        data-start={formatTimestamp(first)}
        data-end={formatTimestamp(last)}
      >
        Remove what lies ahead
      </button>
    ) : null}
  </Notice>
)

interface NewestLineProps {
  newest: Newest | undefined
  isNumeric: boolean
  units: string | undefined
  decimals: number | undefined
  now: Micros
  /** An alert on it is on. */
  isAlert: boolean
  system: UnitSystem | undefined
}

/** Scripts update it when values arrive. */
const NewestLine = ({ newest, isNumeric, units, decimals, now, isAlert, system }: NewestLineProps) => (
  <span id="newest" class={isAlert ? 'newest-line is-alert' : 'newest-line'} hidden={newest === undefined}>
    {isNumeric ? (
      <strong id="newest-value" class="is-number">
        {newest?.text === undefined ? '' : showNumber(Number(newest.text), { decimals, units }, system)}
      </strong>
    ) : (
      <span>Newest</span>
    )}{' '}
    <span id="newest-age">{newest === undefined ? null : <Age time={newest.time} now={now} />}</span>
  </span>
)
