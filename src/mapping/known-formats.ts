/** Devices that are known by their topics and payloads. The first that knows a message reads it. */
import type { Format } from './reading.ts'

export const formats: readonly Format[] = []
