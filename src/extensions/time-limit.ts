/** Waits for code that may never end. */
import { Fault } from '../base/fault.ts'

/** What took longer than it may. */
export class TookTooLong extends Fault {
  constructor(what: string, milliseconds: number) {
    super('busy', `${what} took longer than ${milliseconds / 1000} seconds (EXTENSION_TIME_LIMIT).`)
  }
}

/** What the call gives. What comes of it later than that is dropped. @throws TookTooLong, and what the call throws */
export async function within<T>(milliseconds: number, what: string, call: () => T | Promise<T>): Promise<T> {
  const result = Promise.resolve(call())
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TookTooLong(what, milliseconds)), milliseconds)
  })
  try {
    return await Promise.race([result, limit])
  } finally {
    clearTimeout(timer)
    result.catch(() => {})
  }
}
