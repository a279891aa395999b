/** Hands messages to extensions, for recipients such as `ext:pager:ANN`. */
import { Fault } from '../../src/base/fault.ts'
import { callHook } from '../../src/extensions/hook-calls.ts'
import { deferred, delivered, refused, type Sender } from './sender.ts'

export const sendByExtension: Sender = async function* ({ extensions }, { waiting, subject, body, created }, signal) {
  for (const recipient of waiting) {
    if (signal.aborted) return
    const [, name = '', ...address] = recipient.split(':')
    const running = extensions.find(name)
    const send = running?.sender
    if (!running || !send) {
      yield [recipient, deferred(`The extension ${name} does not run here, or sends no messages.`)]
      continue
    }
    try {
      await callHook(running, 'the sender of messages', () => send({ address: address.join(':'), subject, body, time: created, signal }))
      yield [recipient, delivered]
    } catch (error) {
      // What the extension refuses it will refuse again; a failure may pass.
      const isFinal = error instanceof Fault && !['internal', 'busy'].includes(error.code)
      const reason = error instanceof Error ? error.message : String(error)
      yield [recipient, isFinal ? refused(reason) : deferred(reason)]
    }
  }
}
