/** What the settings of a daemon must be that shares its database with others. */
import { invalid } from '../base/fault.ts'
import { sign } from '../base/secrets.ts'
import { isBucket } from './backup-place.ts'
import type { Settings } from './settings.ts'

/** @throws Fault invalid with what is not yet possible, and what to do in its place */
export function requireClusterSettings(settings: Settings): void {
  const { isOnServer, file, BULK_STORAGE, S3_STORAGE_BUCKET = '', S3_WAITING, TLS_CERTIFICATE, MQTT_TLS_CERTIFICATE, BACKUP_TO } = settings
  const refuse = (problem: string): Error => invalid(`The setting CLUSTER is true in ${file}, ${problem}`)
  if (!isOnServer) throw refuse('but the database is a file, which one daemon alone can use: name a PostgreSQL database in DATABASE_URI.')
  const isInBucket = BULK_STORAGE === 's3' || (BULK_STORAGE === 'auto' && S3_STORAGE_BUCKET !== '')
  if (!isInBucket && BULK_STORAGE !== 'database')
    throw refuse('but large files go to the folder of one machine: set BULK_STORAGE to s3 or database, and use "rhizo storage move".')
  if (S3_STORAGE_BUCKET !== '' && S3_WAITING !== 0)
    throw refuse('but uploads would wait for the bucket on one machine: set S3_WAITING to 0.')
  if (TLS_CERTIFICATE !== undefined || MQTT_TLS_CERTIFICATE !== undefined)
    throw refuse('but this daemon has a certificate: TLS is ended by the proxy before the daemons. Remove TLS_CERTIFICATE and its like.')
  if (BACKUP_TO !== undefined && !isBucket(BACKUP_TO))
    throw refuse('but BACKUP_TO is a folder, of which each machine has its own: name a bucket (s3://BUCKET/PREFIX).')
}

/** For one purpose, from the secrets that all daemons of a lab have in their settings. */
export const clusterSecret = ({ SALT, SECRET_KEY }: Pick<Settings, 'SALT' | 'SECRET_KEY'>, purpose: string): string =>
  sign(`rhizo cluster ${purpose}`, `${SALT}\n${SECRET_KEY}`)
