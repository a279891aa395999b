/** Imports of files, as a client sends them. */
import assert from 'node:assert/strict'
import type { TableImportAnswer } from '../../src/wire/answers.ts'
import { formatTimestamp } from '../../src/base/time.ts'
import { toReply, type Lab, type Reply } from './lab.ts'

export async function sendFile(lab: Lab, file: string | Uint8Array, options: Record<string, string> = {}, key = lab.key): Promise<Reply> {
  return toReply(
    await fetch(`${lab.url}/api/v1/imports?${new URLSearchParams(options).toString()}`, {
      method: 'POST',
      body: file,
      headers: { 'content-type': 'application/octet-stream', ...(key === '' ? {} : { authorization: `Bearer ${key}` }) },
    }),
  )
}

/** An import that must be taken. */
export async function importFile(lab: Lab, file: string | Uint8Array, options: Record<string, string> = {}): Promise<TableImportAnswer> {
  const reply = await sendFile(lab, file, options)
  assert.equal(reply.status, 200, reply.text)
  return reply.json as TableImportAnswer
}

/** The sentence with which an import is refused. */
export async function refusalOf(lab: Lab, file: string | Uint8Array, options: Record<string, string> = {}): Promise<string> {
  const reply = await sendFile(lab, file, options)
  assert.notEqual(reply.status, 200, reply.text)
  return (reply.json as { message: string }).message
}

/** What a sequence holds: times as text, and values. */
export async function valuesOf(lab: Lab, path: string): Promise<[string, number | string][]> {
  const sequence = lab.ctx.tree.find(path)
  assert.ok(sequence?.sequence, `there is no sequence ${path}`)
  const isText = sequence.sequence.dataType === 2
  const { times, values } = await lab.ctx.sequences.read({ id: sequence.id, isText }, { order: 'ascending', limit: 1_000 })
  return times.map((time, at) => [formatTimestamp(time), values[at] ?? ''])
}
