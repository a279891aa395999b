/** SenML (RFC 8428) in JSON: a sequence for each name, below that of the device where records share one. */
import { formatTimestamp, MINUTE } from '../../base/time.ts'
import { isSenml, readSenml, senmlDevice } from '../../wire/senml.ts'
import { nameOf, type Format, type Problem, type Reading } from '../reading.ts'

export const senml: Format = {
  name: 'senml',
  read(topic, { json }, { now }) {
    if (!isSenml(json)) return undefined
    const readings: Reading[] = []
    const problems: Problem[] = []
    for (const { base, name, value, sum, units, time, problem } of readSenml(json, now)) {
      const names = [...topic, ...(base === '' ? [] : [senmlDevice(base)]), ...(name === '' ? [] : [name])].map(nameOf)
      const own = names.at(-1)
      if (own === undefined || names.length === topic.length) problems.push({ names, message: 'A record of it has no name.' })
      else if (problem !== undefined) problems.push({ names, message: problem })
      else if (time !== undefined && time > now + MINUTE)
        problems.push({ names, message: `Its time, ${formatTimestamp(time)}, is to come.` })
      else {
        if (value !== undefined) readings.push({ names, value, units, time })
        if (sum !== undefined) readings.push({ names: [...names.slice(0, -1), `${own} sum`], value: sum, time })
      }
    }
    return { readings, problems }
  },
}
