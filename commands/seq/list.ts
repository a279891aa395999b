import type { Command } from 'commander'
import type { Client } from '../../src/client/client.ts'
import { dataTypeName, isFolderType } from '../../src/client/types.ts'
import type { Resource, Value } from '../../src/client/types.ts'
import { action, requirePath } from '../session.ts'

/** What `seq ls --json` prints for each sequence. */
interface Listed {
  path: string
  id: number
  data_type: string
  units: string | null
  decimal_places: number | null
  max_history: number | null
  min_storage_interval: number | null
  timestamp: string | null
  value: Value | null
}

/** Newest values asked for at a time. */
const AT_ONCE = 8

export function define(seq: Command): void {
  seq
    .command('ls')
    .description('List the sequences in a folder and all folders inside, with their newest values.')
    .argument('[path]', 'a folder; all organizations unless given')
    .addHelpText('after', '\nExamples:\n  rhizo seq ls /greenhouse\n  rhizo seq ls /greenhouse/north --json')
    .action(
      action(async (session, given: string | undefined) => {
        const client = await session.client()
        const folders = given === undefined ? (await client.organizations.list()).map(({ folder_name: name }) => `/${name}`) : [requirePath(given)]
        const rows: Listed[] = []
        for (const folder of folders) {
          const found = await findSequences(client, folder)
          for (let at = 0; at < found.length; at += AT_ONCE) rows.push(...(await Promise.all(found.slice(at, at + AT_ONCE).map(async ([path, entry]) => describe(client, path, entry)))))
        }
        await session.out.list(rows, [
          { title: 'PATH', value: (row) => row.path },
          { title: 'TYPE', value: (row) => row.data_type },
          { title: 'NEWEST', value: (row) => (row.value === null ? '' : `${String(row.value).slice(0, 40)}${row.units === null ? '' : ` ${row.units}`}`), align: 'right' },
          { title: 'TIME', value: (row) => row.timestamp },
        ])
      }),
    )
}

async function findSequences(client: Client, folder: string): Promise<[path: string, entry: Resource][]> {
  const there = await client.resources.info(folder)
  if (!isFolderType(there.type)) return [[folder, there]]
  const entries = await client.resources.list(folder, { recursive: true, type: 'sequence', extended: true })
  return entries.map((entry) => [entry.path ?? `${folder}/${entry.name}`, entry])
}

async function describe(client: Client, path: string, { id, system_attributes: attributes }: Resource): Promise<Listed> {
  const dataType = dataTypeName(Number(attributes?.data_type))
  const newest = dataType === 'image' ? undefined : (await client.sequences.last(path, 1))[0]
  const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null)
  return {
    path,
    id,
    data_type: dataType,
    units: typeof attributes?.units === 'string' && attributes.units !== '' ? attributes.units : null,
    decimal_places: numberOf(attributes?.decimal_places),
    max_history: numberOf(attributes?.max_history),
    min_storage_interval: numberOf(attributes?.min_storage_interval),
    timestamp: newest?.timestamp ?? null,
    value: newest?.value ?? null,
  }
}
