/**
 * The broker: aedes parses packets, shakes hands, keeps time and acknowledges; what is published goes to the verbs and
 * comes back from the hub, so it routes and stores nothing itself. Loaded when the first client comes.
 */
import { Aedes, type Client } from 'aedes'
import type { EventEmitter } from 'node:events'
import { MAX_PATH_LEVELS } from '../../src/base/path.ts'
import { BrokerPersistence, RestoredFilter } from './persistence.ts'
import type { MqttTransport } from './transport.ts'

/** How long a connection may take to say who it is. */
const CONNECT_TIMEOUT_MS = 15_000
/** Messages of QoS 2 that a client may have begun and not completed. */
const MAX_RECEIVING = 1_000
/** CONNACK return codes of MQTT 3.1.1, section 3.2.2.3. */
const IDENTIFIER_REJECTED = 2
const SERVER_UNAVAILABLE = 3
const BAD_USER_NAME_OR_PASSWORD = 4

type Callback = (error?: Error) => void

class Broker extends Aedes {
  /** What was published has been handled when it was authorized; nothing else goes through here. */
  override publish(_packet: unknown, clientOrCallback: unknown, callback?: Callback): void {
    if (typeof clientOrCallback === 'function') (clientOrCallback as Callback)()
    else callback?.()
  }
}

/** In place of the emitter by which aedes routes. */
const nowhere = {
  on: (_topic: string, _listener: unknown, done?: () => void): void => done?.(),
  removeListener: (_topic: string, _listener: unknown, done?: () => void): void => done?.(),
  emit: (_packet: unknown, done?: () => void): void => done?.(),
  close: (done: () => void): void => done(),
}

export interface RunningBroker {
  /** Takes over a connection. */
  handle: Aedes['handle']
  close(): Promise<void>
}

class Refusal extends Error {
  readonly returnCode: number
  constructor(message: string, returnCode: number) {
    super(message)
    this.returnCode = returnCode
  }
}

export async function startBroker(transport: MqttTransport): Promise<RunningBroker> {
  const { ctx } = transport
  const broker = new Broker({
    mq: nowhere,
    persistence: new BrokerPersistence(transport),
    connectTimeout: CONNECT_TIMEOUT_MS,
    // A day: it only tells other brokers of a cluster that this one lives.
    heartbeatInterval: 86_400_000,
    // The session's own bounds apply.
    drainTimeout: 0,
    maxInflightInbound: MAX_RECEIVING,
    maxTopicLevels: MAX_PATH_LEVELS + 1,
    // Many clients of MQTT 3.1 call themselves longer names.
    maxClientsIdLength: 65_535,
    preConnect: (client, { clientId, clean }, done) => {
      const reason = transport.refusalOf(client)
      if (reason !== undefined) return done(new Error(reason), false)
      if (clientId === '' && clean === false) return done(new Error('a client that wants its session kept must have an id'), false)
      done(null, true)
    },
    authenticate: (client, userName, password, done) => {
      transport.admit(client, userName, password).then(
        () => done(null, true),
        (error: unknown) => {
          const { code, message } = transport.refuse(client, error)
          const returnCode =
            code === 'unauthenticated' ? BAD_USER_NAME_OR_PASSWORD : code === 'invalid' ? IDENTIFIER_REJECTED : SERVER_UNAVAILABLE
          done(new Refusal(message, returnCode), false)
        },
      )
    },
    authorizePublish: (client, { topic, payload, qos, retain, messageId }, done) => {
      const peer = client && transport.peerOf(client)
      if (!peer || transport.isStopping) return done(new Error('the connection is closed'))
      peer.receive({ topic, payload: typeof payload === 'string' ? Buffer.from(payload) : payload, qos, retain, messageId }, done)
    },
    authorizeSubscribe: (client, subscription, done) => {
      if (subscription instanceof RestoredFilter) return done(null, subscription)
      done(null, transport.subscribe(client, subscription.topic, subscription.qos) ? subscription : null)
    },
    // Nothing is delivered this way.
    authorizeForward: () => null,
  })
  // Not `clientReady`, which comes some turns later: a client that subscribes at once is answered in between.
  broker.on('connackSent', ({ returnCode }, client) => {
    if (returnCode === 0) transport.peerOf(client)?.begin()
  })
  broker.on('subscribe', (subscriptions, client) =>
    transport.subscribed(
      client,
      subscriptions.filter(({ qos }) => qos <= 2),
    ),
  )
  broker.on('unsubscribe', (filters, client) => transport.unsubscribe(client, filters))
  const onError = (client: Client, error: Error): void => transport.failed(client, error)
  broker.on('clientError', onError)
  broker.on('connectionError', onError)
  const emitter: EventEmitter = broker
  emitter.on('error', (error: Error) => ctx.log.error({ err: error }, 'the MQTT broker failed'))
  await broker.listen()
  return { handle: broker.handle, close: () => new Promise((resolve) => broker.close(resolve)) }
}
