/** How many resources stay in memory: a hundredth of the machine's memory or less, so that a large machine needs few reads of the disk. */
import { totalmem } from 'node:os'

const GIGABYTE = 1024 ** 3
/** Some 10 MB, with the paths that lead to them. */
const PER_GIGABYTE = 20_000
/** More would make the collector's work long. */
const MOST = 200_000

/** @param memory bytes of the machine, or of what it gives this process */
export const keptLimit = (memory = memoryOfMachine()): number => {
  const share = Math.floor((memory / GIGABYTE) * PER_GIGABYTE)
  return Math.min(Math.max(share, PER_GIGABYTE), MOST)
}

/** A container may be given less than the machine has; 0, or more than the machine has, says that it is not. */
function memoryOfMachine(): number {
  const given = process.constrainedMemory()
  return given > 0 ? Math.min(given, totalmem()) : totalmem()
}
