/** Names of places for backups: a folder, or `s3://BUCKET/PREFIX`. */
import { resolve } from 'node:path'

/** Whether it is the name of a bucket, or wants to be. */
export const isBucket = (place: string): boolean => place.startsWith('s3://')

/** @param folder where the names of folders begin, unless they are absolute */
export const placeAt = (folder: string, place: string): string => (isBucket(place) ? place : resolve(folder, place))
