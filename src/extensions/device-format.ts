/** Formats of devices that extensions bring. */
import { isObject } from '../base/json.ts'
import type { Context } from '../context.ts'
import { nameOf, type Reading } from '../mapping/reading.ts'
import { callHookNow, type HookOwner } from './hook-calls.ts'
import type { DeviceFormat } from './interface.ts'

/** @returns its own end */
export function addFormat({ devices }: Pick<Context, 'devices'>, owner: HookOwner, format: DeviceFormat): () => void {
  const name = `extension ${owner.name} ${format.name}`
  const added = {
    name,
    read: (topic: readonly string[], payload: Parameters<DeviceFormat['read']>[1]) => {
      const readings = callHookNow(owner, `the device format ${format.name}`, () => format.read(topic, payload)?.map(readingOf))
      return readings && { readings }
    },
  }
  devices.added.add(added)
  return () => devices.added.delete(added)
}

/** @throws Error for what is no reading, which is a failure of the extension */
function readingOf(given: unknown): Reading {
  const { names, value, units, time } = isObject(given) ? given : {}
  if (!Array.isArray(names) || names.length === 0 || !names.every((one): one is string => typeof one === 'string' && one !== ''))
    throw new Error('a reading has no names')
  if (typeof value !== 'string' && typeof value !== 'boolean' && !Number.isFinite(value)) throw new Error(`${names.join('/')} has no value`)
  return {
    names: names.map(nameOf),
    value: value as Reading['value'],
    ...(typeof units === 'string' ? { units } : {}),
    ...(Number.isSafeInteger(time) ? { time: Number(time) } : {}),
  }
}
