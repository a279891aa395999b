/** The payload of Sparkplug B as a protocol buffer: the fields that hold single values, by the numbers and names of its standard. */
import type { Type } from 'protobufjs'

/** A kind of data. */
const BOOLEAN = 11

const optional = (type: string, id: number): { type: string; id: number } => ({ type, id })
const repeated = (type: string, id: number): { rule: 'repeated'; type: string; id: number } => ({ rule: 'repeated', type, id })

const DESCRIPTION = {
  nested: {
    Payload: { fields: { timestamp: optional('uint64', 1), metrics: repeated('Metric', 2), seq: optional('uint64', 3) } },
    Metric: {
      // Zero and false are values: one of them is there, whatever it is.
      oneofs: { value: { oneof: ['intValue', 'longValue', 'floatValue', 'doubleValue', 'booleanValue', 'stringValue'] } },
      fields: {
        name: optional('string', 1),
        alias: optional('uint64', 2),
        timestamp: optional('uint64', 3),
        datatype: optional('uint32', 4),
        isHistorical: optional('bool', 5),
        isTransient: optional('bool', 6),
        isNull: optional('bool', 7),
        properties: optional('PropertySet', 9),
        intValue: optional('uint32', 10),
        longValue: optional('uint64', 11),
        floatValue: optional('float', 12),
        doubleValue: optional('double', 13),
        booleanValue: optional('bool', 14),
        stringValue: optional('string', 15),
        templateValue: optional('Template', 18),
      },
    },
    Template: { fields: { metrics: repeated('Metric', 2), isDefinition: optional('bool', 5) } },
    PropertySet: { fields: { keys: repeated('string', 1), values: repeated('PropertyValue', 2) } },
    PropertyValue: { fields: { type: optional('uint32', 1), isNull: optional('bool', 2), stringValue: optional('string', 8) } },
  },
}

/** A command that asks a node to tell its metrics again. @param now milliseconds since 1970 */
export function encodeRebirth(type: Type, now: number): Buffer {
  const metric = { name: 'Node Control/Rebirth', timestamp: now, datatype: BOOLEAN, booleanValue: true }
  return Buffer.from(type.encode(type.fromObject({ timestamp: now, metrics: [metric] })).finish())
}

/** Loaded when the first message comes. */
export async function loadPayloadType(): Promise<Type> {
  const { default: protobuf } = await import('protobufjs/light.js')
  return protobuf.Root.fromJSON(DESCRIPTION).lookupType('Payload')
}
