/** Checks the bucket for large files: that it can be used, and is this lab's. What is in it is checked with all other content. */
import type { Kysely } from 'kysely'
import { Fault } from '../base/fault.ts'
import type { Schema } from '../database/schema.ts'
import { readIdentity } from '../resources/lab-identity.ts'
import { S3Client } from '../storage/s3/s3-client.ts'
import { describeOtherS3Owner, S3Owner } from '../storage/s3/s3-owner.ts'
import { describePlace, type S3Place } from '../storage/s3/s3-place.ts'
import { S3Storage } from '../storage/s3/s3-storage.ts'
import type { Report } from './report.ts'

export async function checkBucket(report: Report, place: S3Place, database: string, db: Kysely<Schema>): Promise<void> {
  const client = new S3Client(place)
  try {
    await new S3Storage(client).probe()
    const recorded = await new S3Owner(client).read()
    const { lab } = await readIdentity(db)
    if (recorded === undefined || recorded.lab === lab) return
    const { problem, advice } = describeOtherS3Owner(client, recorded, { lab: lab ?? 'not named yet', database })
    report.error('files', describePlace(place), problem, advice)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    report.error('files', describePlace(place), error.message, 'Files in it are not read until then; uploads wait, see docs/storage.md.')
  }
}
