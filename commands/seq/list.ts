/** `rhizo seq ls`: lists sequences with their newest values. */
import { invalid } from '../../src/base/fault.ts'
import { splitLast } from '../../src/base/path.ts'
import type { Client } from '../../src/client/client.ts'
import { dataTypeName, isFolderType } from '../../src/wire/resource-types.ts'
import type { Resource, Value } from '../../src/client/types.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'

/** What `seq ls --json` prints for each sequence. */
interface Listed {
  path: string
  id: number
  data_type: string
  units: string | null
  decimal_places: number | null
  max_history: number | null
  max_age: string | null
  min_storage_interval: number | null
  timestamp: string | null
  value: Value | null
}

export function define(seq: CommandGroup): void {
  seq
    .command('ls')
    .description('List the sequences in a folder and all folders inside, with their newest values.')
    .argument('[path]', 'a folder; all organizations unless given')
    .addHelpText('after', '\nExamples:\n  rhizo seq ls /greenhouse\n  rhizo seq ls /greenhouse/north --json')
    .action(
      action(async (session, given) => {
        const client = await session.client()
        const folders =
          given === undefined ? (await client.organizations.list()).map(({ folder_name: name }) => `/${name}`) : [requirePath(given)]
        const rows: Listed[] = []
        for (const folder of folders) {
          for (const [path, entry] of await findSequences(client, folder)) rows.push(describe(path, entry))
        }
        await session.out.list(rows, [
          { title: 'PATH', value: (row) => row.path },
          { title: 'TYPE', value: (row) => row.data_type },
          {
            title: 'NEWEST',
            value: (row) => (row.value === null ? '' : `${String(row.value).slice(0, 40)}${row.units === null ? '' : ` ${row.units}`}`),
            align: 'right',
          },
          { title: 'TIME', value: (row) => row.timestamp },
          ...(rows.some(isThinned)
            ? [{ title: 'STORES', value: (row: Listed) => (isThinned(row) ? `A VALUE EVERY ${row.min_storage_interval} s AT MOST` : '') }]
            : []),
        ])
      }),
    )
}

const isThinned = ({ min_storage_interval: seconds }: Listed): boolean => seconds !== null && seconds > 0

async function findSequences(client: Client, folder: string): Promise<[path: string, entry: Resource][]> {
  const there = await client.resources.info(folder)
  if (!isFolderType(there.type)) {
    const [above, name] = splitLast(folder)
    const entry = (await client.resources.list(above, { type: 'sequence', filter: name, extended: true, newest: true })).find(
      (one) => one.name === name,
    )
    if (entry === undefined) throw invalid(`${folder} is neither a sequence nor a folder.`)
    return [[folder, entry]]
  }
  const entries = await client.resources.list(folder, { recursive: true, type: 'sequence', extended: true, newest: true })
  return entries.map((entry) => [entry.path ?? `${folder}/${entry.name}`, entry])
}

function describe(path: string, { id, system_attributes: attributes, newest }: Resource): Listed {
  const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null)
  return {
    path,
    id,
    data_type: dataTypeName(Number(attributes?.data_type)),
    units: typeof attributes?.units === 'string' && attributes.units !== '' ? attributes.units : null,
    decimal_places: numberOf(attributes?.decimal_places),
    max_history: numberOf(attributes?.max_history),
    max_age: typeof attributes?.max_age === 'string' ? attributes.max_age : null,
    min_storage_interval: numberOf(attributes?.min_storage_interval),
    timestamp: newest?.timestamp ?? null,
    value: newest?.value ?? null,
  }
}
