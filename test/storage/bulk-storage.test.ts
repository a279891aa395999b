/** Bulk storage, in a folder and in memory: one suite for all. */
import { FolderStorage } from '../../src/storage/files/folder-storage.ts'
import { testBulkStorage } from '../support/bulk-storage-conformance.ts'
import { MemoryPlace } from '../support/memory-storage.ts'
import { makeFolder } from '../support/outgoing-records.ts'

testBulkStorage('in a folder', async (t) => {
  const folder = await makeFolder(t)
  return { open: () => new FolderStorage(folder) }
})
testBulkStorage('in memory', async () => new MemoryPlace())
