/** The client library's version. */
import { readVersion } from '../base/version.ts'

export const VERSION = readVersion()
