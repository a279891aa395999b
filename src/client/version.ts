import { readVersion } from '../version.ts'

export const VERSION = readVersion()
