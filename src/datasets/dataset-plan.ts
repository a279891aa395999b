/** What a data set holds. */
import type { Micros } from '../base/time.ts'
import { pathOf, type Resource } from '../tree/tree.ts'

export interface DatasetPlan {
  /** The sequence or folder that is cited. */
  readonly place: Resource
  /** By path. */
  readonly sequences: readonly Resource[]
  readonly leftOut: readonly Resource[]
  readonly start: Micros | undefined
  readonly end: Micros | undefined
}

/** Where the values of a sequence are: its path, with what file systems refuse written as in addresses. */
export const valuesFile = (sequence: Resource): string => `values${fileName(sequence)}`

/** Where they are as they were measured. */
export const rawFile = (sequence: Resource): string => `raw${fileName(sequence)}`

const fileName = (sequence: Resource): string =>
  `${pathOf(sequence)
    .replace(/[%<>:"|?*\\]/g, encodeURIComponent)
    .replaceAll('*', '%2A')}.csv`
