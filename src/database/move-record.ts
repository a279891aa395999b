/** Says in a database that a part of another one is in it: a row beside that of the daemon. */
import { conflict } from '../base/fault.ts'
import type { Tables } from './engine.ts'

const ID = 2

/** Where the lab comes from that is being moved into this database; undefined when none is. */
export async function readMove({ database }: Pick<Tables, 'database'>): Promise<string | undefined> {
  return (await database.selectFrom('daemon').select('file').where('id', '=', ID).executeTakeFirst())?.file
}

export async function beginMove({ database }: Pick<Tables, 'database'>, from: string): Promise<void> {
  await database.insertInto('daemon').values({ id: ID, token: 0, process: '', pid: 0, file: from }).execute()
}

export async function endMove({ database }: Pick<Tables, 'database'>): Promise<void> {
  await database.deleteFrom('daemon').where('id', '=', ID).execute()
}

/** @throws Fault conflict when a part of a lab is here */
export async function requireMoved(engine: Pick<Tables, 'database'> & { readonly name: string }): Promise<void> {
  const from = await readMove(engine)
  if (from !== undefined)
    throw conflict(`The database ${engine.name} holds a part of ${from}. Move that to its end first, with "rhizo database move".`)
}
