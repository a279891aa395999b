/** Statements of one turn go to the writer's thread together: each message wakes it, which takes longer than most statements do. */
import type { WorkerCalls } from '../../base/worker-calls.ts'
import type { WriterReply, WriterRequest, WriterStatement } from './writer-protocol.ts'

interface Gathered {
  readonly statement: WriterStatement
  readonly resolve: (reply: WriterReply) => void
  readonly reject: (error: unknown) => void
}

export class StatementCalls {
  readonly #calls: WorkerCalls<WriterRequest, WriterReply>
  readonly #open: (reply: WriterReply) => WriterReply
  #gathered: Gathered[] = []

  /** @param open takes the result out of a reply, or throws the error that it reports */
  constructor(calls: WorkerCalls<WriterRequest, WriterReply>, open: (reply: WriterReply) => WriterReply) {
    this.#calls = calls
    this.#open = open
  }

  /** @throws Error what the reply reports, or why the thread ended */
  call(statement: WriterStatement): Promise<WriterReply> {
    return new Promise((resolve, reject) => {
      this.#gathered.push({ statement, resolve, reject })
      if (this.#gathered.length === 1) queueMicrotask(() => void this.#send())
    })
  }

  async #send(): Promise<void> {
    const gathered = this.#gathered
    this.#gathered = []
    const [first] = gathered
    try {
      if (first && gathered.length === 1) return first.resolve(await this.#calls.call({ kind: 'statement', ...first.statement }))
      const reply = await this.#calls.call({ kind: 'statements', list: gathered.map(({ statement }) => statement) })
      for (const [at, { resolve, reject }] of gathered.entries()) {
        try {
          const own = reply.kind === 'statements' ? reply.list[at] : undefined
          resolve(this.#open(own ?? reply))
        } catch (error) {
          reject(error)
        }
      }
    } catch (error) {
      for (const { reject } of gathered) reject(error)
    }
  }
}
