/** An engine each of whose transactions clashes once: it is rolled back when its work is done, and run again. */
import { openEngine, type OpenEngine } from '../../src/open-engine.ts'
import type { Transact } from '../../src/database/transact.ts'

const CLASH = new Error('could not serialize access')

export const openRepeatingEngine: OpenEngine = async (settings, options) => {
  const engine = await openEngine(settings, options)
  const transact: Transact = async (work) => {
    await engine
      .transact(async (tx) => {
        await work(tx)
        throw CLASH
      })
      .catch((error: unknown) => {
        if (error !== CLASH) throw error
      })
    return engine.transact(work)
  }
  return { ...engine, transact }
}
