/** The thread that applies pages to a followed database, so that its fsyncs hold up nobody who reads. It handles requests in order. */
import { parentPort, workerData } from 'node:worker_threads'
import { Fault } from '../../base/fault.ts'
import type { ApplierReply, ApplierRequest, ApplierSettings } from './applier-protocol.ts'
import { PageApplier } from './page-applier.ts'

const port = parentPort
if (!port) throw new Error('applier.ts runs as a worker thread')

const { path, pageBytes } = workerData as ApplierSettings
let applier: PageApplier | undefined

async function answer(request: ApplierRequest): Promise<ApplierReply> {
  const { id } = request
  if (request.kind === 'close') {
    await applier?.close()
    return { id, kind: 'done' }
  }
  applier ??= PageApplier.open(path, pageBytes)
  switch (request.kind) {
    case 'settle':
      applier.settle()
      return { id, kind: 'hashes', hashes: await applier.file.hashes(0, request.groups) }
    case 'discard':
      applier.discard()
      return { id, kind: 'done' }
    case 'stage':
      applier.stage(request.pages)
      return { id, kind: 'done' }
    case 'commit':
      applier.commit(request.pageCount)
      return { id, kind: 'done' }
  }
}

let before: Promise<void> = Promise.resolve()
port.on('message', (request: ApplierRequest) => {
  before = before.then(async () => {
    try {
      port.postMessage(await answer(request))
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      const code = error instanceof Fault ? error.code : undefined
      port.postMessage({ id: request.id, kind: 'error', code, message } satisfies ApplierReply)
    }
    if (request.kind === 'close') port.close()
  })
})
