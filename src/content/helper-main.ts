/** The helper process: does what comes on its standard input, one thing after the other, and answers on its standard output. */
import { FrameReader, frameHead, type Outcome, type Task } from './helper-frames.ts'

async function work(task: Task, bytes: Buffer): Promise<{ outcome: Outcome; bytes: Uint8Array }> {
  if (task.kind === 'thumbnail') {
    const { shrink } = await import('./shrinking.ts')
    return shrink(bytes, task.maxWidth)
  }
  const { convert } = await import('./conversion.ts')
  return convert(task, bytes)
}

let tail: Promise<void> = Promise.resolve()
const reader = new FrameReader((task, bytes) => {
  tail = tail.then(async () => {
    const done = await work(task as Task, bytes)
    process.stdout.write(frameHead(done.outcome, done.bytes.length))
    process.stdout.write(done.bytes)
  })
})
process.stdin.on('data', (chunk: Buffer) => reader.push(chunk))
// The server has gone.
process.stdin.on('end', () => process.exit(0))
process.stdin.on('error', () => process.exit(0))
process.stdout.on('error', () => process.exit(0))
