/** Requests to a worker thread, and their replies, which the thread may send in any order. */
import type { Worker } from 'node:worker_threads'

interface Waiter<Result> {
  resolve(result: Result): void
  reject(error: unknown): void
}

interface Numbered {
  /** The reply's is that of its request. */
  readonly id: number
}

type Unnumbered<Request> = Request extends Numbered ? Omit<Request, 'id'> : never

/** `Result` is what callers get of a reply. */
export class WorkerCalls<Request extends Numbered, Reply extends Numbered, Result = Reply> {
  readonly #worker: Worker
  readonly #open: (reply: Reply) => Result
  readonly #waiters = new Map<number, Waiter<Result>>()
  #nextId = 1
  #ended: Error | undefined

  /**
   * @param worker from now on each of its messages is a reply
   * @param open takes the result out of a reply, or throws the error that it reports
   * @param onEnd called once, when the thread fails or exits unless {@link end} was called before
   */
  constructor(worker: Worker, open: (reply: Reply) => Result, onEnd: (error: Error) => void) {
    this.#worker = worker
    this.#open = open
    const end = (error: Error): void => {
      if (this.#ended) return
      this.end(error)
      onEnd(error)
    }
    worker.on('message', (reply: Reply) => this.#receive(reply))
    worker.on('error', end)
    worker.on('exit', () => end(new Error('the worker thread ended')))
  }

  /** Why there are no replies any more; undefined while the thread runs. */
  get ended(): Error | undefined {
    return this.#ended
  }

  /** Requests without a reply. */
  get waiting(): number {
    return this.#waiters.size
  }

  /**
   * @param transfer memory that moves to the thread: it is not copied, and empty here afterwards
   * @throws Error what the reply reports, or why the thread ended
   */
  call(request: Unnumbered<Request>, transfer: readonly ArrayBuffer[] = []): Promise<Result> {
    if (this.#ended) return Promise.reject(this.#ended)
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#worker.postMessage({ ...request, id }, transfer)
      this.#waiters.set(id, { resolve, reject })
    })
  }

  /** Refuses the waiting requests, and all later ones. */
  end(error: Error): void {
    this.#ended = error
    const waiters = [...this.#waiters.values()]
    this.#waiters.clear()
    for (const waiter of waiters) waiter.reject(error)
  }

  #receive(reply: Reply): void {
    const waiter = this.#waiters.get(reply.id)
    if (!waiter) return
    this.#waiters.delete(reply.id)
    try {
      waiter.resolve(this.#open(reply))
    } catch (error) {
      waiter.reject(error)
    }
  }
}
