/** `rhizo org quota`: shows and sets what an organization may store. */
import { invalid } from '../../src/base/fault.ts'
import type { Quotas } from '../../src/client/types.ts'
import { findOrganizationId } from '../support/lookup.ts'
import { formatSize } from '../support/output.ts'
import { action, type CommandGroup } from '../support/session.ts'

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 }
const NAMES = { file_bytes: 'files and images', sequences: 'sequences', retained_messages: 'retained messages' } as const

export function define(org: CommandGroup): void {
  org
    .command('quota')
    .description(
      'Show how much an organization uses of what it may store, for its administrators; with options set limits, for system ' +
        'administrators. Past a limit nothing more of it is stored.',
    )
    .argument('<organization>', "name of the organization's folder")
    .option('--files <size>', "bytes of files and images with their earlier revisions: 500M, 20G, or 'none'")
    .option('--sequences <n>', "number of sequences, or 'none'")
    .option('--retained <n>', "number of retained MQTT messages, or 'none'")
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo org quota greenhouse\n  rhizo org quota greenhouse --files 20G --sequences 5000 --retained none',
    )
    .action(
      action(async (session, folder, options) => {
        const client = await session.client()
        const id = await findOrganizationId(client, folder.replace(/^\/|\/$/g, ''))
        const { files, sequences, retained } = options
        if (files !== undefined || sequences !== undefined || retained !== undefined)
          await client.organizations.setQuota(id, {
            file_bytes: files === undefined ? undefined : bytesOf(files),
            sequences,
            retained_messages: retained,
          })
        const quotas = await client.organizations.quota(id)
        if (session.out.json) return session.out.done({ id, ...quotas })
        const kinds: (keyof Quotas)[] = ['file_bytes', 'sequences', 'retained_messages']
        const rows = kinds.map((kind) => ({ kind, ...quotas[kind] }))
        const shown = (kind: keyof typeof NAMES, amount: number): string => (kind === 'file_bytes' ? formatSize(amount) : String(amount))
        await session.out.list(rows, [
          { title: 'WHAT', value: ({ kind }) => NAMES[kind] },
          { title: 'USED', value: ({ kind, used }) => shown(kind, used), align: 'right' },
          { title: 'LIMIT', value: ({ kind, limit }) => (limit === null ? 'none' : shown(kind, limit)), align: 'right' },
        ])
      }),
    )
}

/** `20G` → `20000000000`; `none` stays. @throws Fault invalid */
function bytesOf(text: string): string {
  if (text === 'none') return text
  const parts = /^(\d+(?:\.\d+)?)([kmgt]?)b?$/i.exec(text.trim())
  if (parts === null) throw invalid(`--files must be a size such as 500M or 20G, or none, not ${JSON.stringify(text)}.`)
  return String(Math.round(Number(parts[1]) * (UNITS[(parts[2] ?? '').toLowerCase()] ?? 1)))
}
