/** `/-/system/settings`: the settings in force, and where they come from. No secrets. */
import { describeSettings, type SettingReport } from '../../../../src/housekeeping/settings-report.ts'
import { Badge, Card } from '../../components/basics.tsx'
import type { Page, PageRequest } from '../../page.ts'
import { frameSystem } from './system-frame.tsx'

export async function showSettings({ ctx, actor }: PageRequest): Promise<Page> {
  const groups = new Map<string, SettingReport[]>()
  for (const setting of describeSettings(ctx, actor)) {
    const group = groups.get(setting.group)
    if (group) group.push(setting)
    else groups.set(setting.group, [setting])
  }
  return frameSystem('Settings', {
    lead: `From ${ctx.settings.file} and the environment; they count from the next start on.`,
    content: (
      <>
        {[...groups].map(([group, settings]) => (
          <Card title={group}>
            <dl class="settings">
              {settings.map((setting) => (
                <div class="setting">
                  <dt>
                    <code>{setting.name}</code>{' '}
                    {setting.source === undefined ? null : <Badge tone="info">{sourceOf(setting.source)}</Badge>}
                  </dt>
                  <dd>
                    <Value setting={setting} />
                  </dd>
                  <dd class="note">{setting.meaning}</dd>
                </div>
              ))}
            </dl>
          </Card>
        ))}
      </>
    ),
  })
}

const Value = ({ setting: { value, isSecret } }: { setting: SettingReport }) => {
  if (value === undefined) return <span class="is-muted">not set</span>
  if (isSecret) return <span class="is-muted">set; not shown</span>
  return <code>{value === '' ? '(empty)' : value}</code>
}

/** The file is named once, at the top of the page. */
const sourceOf = (source: string): string => /environment variable (\S+)/.exec(source)?.[1] ?? 'file'
