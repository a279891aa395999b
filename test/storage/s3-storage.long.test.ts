/** Bulk storage in buckets of real S3 servers: the suite of all storages. */
import { S3Storage } from '../../src/storage/s3/s3-storage.ts'
import { testBulkStorage } from '../support/bulk-storage-conformance.ts'
import { impatientClient, noMoto, startMoto, startS3 } from '../support/s3-server.ts'

testBulkStorage('in a bucket', async (t) => {
  const place = await startS3(t)
  return { open: () => new S3Storage(impatientClient(place)) }
})
testBulkStorage(
  'in a bucket of Moto',
  async (t) => {
    const place = await startMoto(t)
    return { open: () => new S3Storage(impatientClient(place)) }
  },
  { skip: noMoto },
)
