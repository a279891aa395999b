/** The lines of a text sequence in groups. */
import { readState } from '../dom.ts'
import { handleChanges } from '../sequence/changes.ts'

handleChanges(readState<{ path: string }>().path, () => ({ zone: 'UTC' }))
