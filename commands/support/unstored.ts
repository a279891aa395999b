/** Sentences about values that the server took and does not keep. */

export const explainExpired = (path: string, count: number): string =>
  `${count === 1 ? '1 value is' : `${count} values are`} older than the max_age of ${path}, and so not kept. ` +
  `To keep them, raise it first with "rhizo seq set ${path} --max-age".`

/** Leaves the count of values that are too old away where there are none. */
export const withoutZero = <T extends { expired: number }>({ expired, ...others }: T): Omit<T, 'expired'> & { expired?: number } =>
  expired === 0 ? others : { ...others, expired }
