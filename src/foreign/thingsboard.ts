/** Telemetry of ThingsBoard, as its REST call `values/timeseries` answers: `{"temperature": [{"ts": 1700000000000, "value": "21.5"}]}`. */
import { invalid } from '../base/fault.ts'
import { isObject, parseJson } from '../base/json.ts'
import { readText } from '../base/regular-files.ts'
import { timeOfSeconds } from '../base/time.ts'
import { numberOf, type ForeignValue, type ForeignValues, type LeftOut } from './foreign-values.ts'

/** Whether a file holds such an answer; otherwise it is a table, as its widgets export. */
export const isTelemetry = (beginning: string): boolean => /^\s*\{/.test(beginning)

/** @throws Fault invalid when it is no such answer */
export async function* readThingsboard(path: string, leftOut: LeftOut): ForeignValues & AsyncGenerator<readonly ForeignValue[]> {
  const answer = parseJson(await readText(path), path)
  if (!isObject(answer) || !Object.values(answer).every((points) => Array.isArray(points)))
    throw invalid(`${path} must hold what values/timeseries of ThingsBoard answers: {"temperature": [{"ts": …, "value": …}]}.`)
  for (const [series, points] of Object.entries(answer)) {
    const batch: ForeignValue[] = []
    for (const point of points as unknown[]) {
      const { ts, value } = isObject(point) ? point : {}
      const time = typeof ts === 'number' ? timeOfSeconds(ts / 1000) : undefined
      const number = numberOf(value)
      if (time === undefined || number === undefined) leftOut.add(series)
      else batch.push({ series, time, value: number })
    }
    yield batch
  }
}
