/** The page of a text sequence's lines in groups. */
import './main.ts'
import { readState } from '../dom.ts'
import { handleChanges } from '../sequence/changes.ts'
import { resolveZone } from '../sequence/zone.ts'

const { path, timezone } = readState<{ path: string; timezone: string }>()
handleChanges(path, () => ({ zone: resolveZone('', timezone) }))
