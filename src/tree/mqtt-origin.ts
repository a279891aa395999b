/** How publications of MQTT clients travel through the hub, as plain data. */
import type { Micros } from '../base/time.ts'

/** What a publisher of MQTT 5 says of a message, for those who get it as it came. */
export interface PassedProperties {
  /** A character for each byte, see {@link bytesAsText}; empty: none. */
  readonly properties?: string
  /** When it is not worth delivering any more. */
  readonly expires?: Micros
}

/** Of a message that came by MQTT: what those need who hand it on by MQTT. */
export interface MqttOrigin {
  readonly qos: 0 | 1 | 2
  /** The folder to whose topic it was published, if subscribers of that topic get the publication itself. */
  readonly folderId?: number
  /** Set for a publication of one value, which is handed on with the value's message; of others {@link MqttPublished} follows. */
  readonly asItCame?: { readonly topic: string; readonly text: string }
  /** What goes with a value on the topic to which it was published; missing: nothing. */
  readonly passed?: PassedProperties & { readonly topic: string; readonly isRetained: boolean }
}

/** A publication that subscribers of its topic get as it came. */
export interface MqttPublished extends PassedProperties {
  readonly topic: string
  /** A character for each byte, see {@link bytesAsText}. */
  readonly payload: string
  readonly qos: 0 | 1 | 2
  /** Whether it became the last retained message of its topic. */
  readonly isRetained: boolean
  /** Whether its publisher asked for that: what subscribers of MQTT 5 may want to know. */
  readonly asksToBeRetained: boolean
  /** What a subscriber must be allowed to read. */
  readonly resourceId: number
  /** Whether it holds values of sequences that not everybody may read who reads the resource. */
  readonly isGuarded: boolean
  /** The connection, and on messages of folders the controller, that must not hear it. */
  readonly sender: { readonly connectionId: string; readonly controllerId?: number }
}

export const bytesAsText = (bytes: Buffer): string => bytes.toString('latin1')
export const textAsBytes = (text: string): Buffer => Buffer.from(text, 'latin1')
