/** A real SMTP server for tests, which does as it is told: refuses, puts off, dawdles, hangs up. */
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { certificate, certificateKey } from './certificate.ts'
import { waitFor } from './waiting.ts'

export interface Mail {
  from: string
  to: string[]
  /** Headers and body as they came, with the lines that were folded put together. */
  text: string
}

export interface MailServer {
  port: number
  /** Settings of a lab that sends its mail through this server. */
  settings: Record<string, unknown>
  mails: Mail[]
  /** Connections so far. */
  connections: number
  /** What it answers for a recipient: undefined takes it. Called for each RCPT TO. */
  answer: (recipient: string) => { code: number; text: string } | undefined
  /** What happens before the mail's content is acknowledged. */
  beforeAck: (mail: Mail) => Promise<void> | void
  /** The mail that came as the n-th, from 1. */
  mail(n: number): Promise<Mail>
  /** Ends all connections without a word. */
  hangUp(): void
  close(): Promise<void>
}

export async function startMailServer(t: TestContext, options: SMTPServerOptions & { port?: number } = {}): Promise<MailServer> {
  const { port = 0, ...rest } = options
  const smtp = new SMTPServer({
    key: certificateKey,
    cert: certificate,
    disabledCommands: ['STARTTLS', 'AUTH'],
    authOptional: true,
    closeTimeout: 10,
    ...rest,
    onConnect: (_session, callback) => {
      server.connections++
      callback()
    },
    onRcptTo: ({ address }, _session, callback) => {
      const refusal = server.answer(address)
      callback(refusal && Object.assign(new Error(refusal.text), { responseCode: refusal.code }))
    },
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const mail = {
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks)
            .toString('utf8')
            .replace(/\r\n[ \t]+/g, ' '),
        }
        Promise.resolve(server.beforeAck(mail)).then(
          () => {
            server.mails.push(mail)
            callback()
          },
          (error: Error) => callback(error),
        )
      })
    },
  })
  // Connections that a test breaks off are none of the server's faults.
  smtp.on('error', () => {})
  const sockets = new Set<Socket>()
  smtp.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  smtp.listen(port, '127.0.0.1')
  await once(smtp.server, 'listening')
  const bound = (smtp.server.address() as AddressInfo).port
  const server: MailServer = {
    port: bound,
    settings: {
      PRODUCTION: true,
      SYSTEM_NAME: 'The Lab',
      OUTGOING_EMAIL_SERVER: '127.0.0.1',
      OUTGOING_EMAIL_PORT: bound,
      OUTGOING_EMAIL_ADDRESS: 'lab@example.com',
      OUTGOING_EMAIL_SECURITY: 'plain',
    },
    mails: [],
    connections: 0,
    answer: () => undefined,
    beforeAck: () => {},
    mail: (n) => waitFor(`mail ${n} came`, () => server.mails[n - 1]),
    hangUp: () => {
      for (const socket of sockets) socket.destroy()
    },
    close: () => new Promise((resolve) => smtp.close(() => resolve())),
  }
  t.after(async () => {
    server.hangUp()
    await server.close()
  })
  return server
}
