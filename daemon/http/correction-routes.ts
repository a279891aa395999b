/** Routes for masks and calibrations. */
import { invalid, notFound } from '../../src/base/fault.ts'
import { calibrateSequence, listCalibrations, removeCalibration } from '../../src/sequences/calibrating.ts'
import { listMasks, MAX_REASON, maskValues, unmaskValues } from '../../src/sequences/masking.ts'
import { MAX_WHERE } from '../../src/sequences/value-conditions.ts'
import { requireResource } from '../../src/tree/finding.ts'
import { anything, number, required, text, timestamp, type JsonSchema } from './parameters.ts'
import { idOf, route, type Route } from './route.ts'

const tag = 'Corrections'
const time = { type: 'string', format: 'date-time' }
const timeOrNull = { type: ['string', 'null'], format: 'date-time' }
const place = required(text('Absolute path of a sequence.', { max: 2_000 }))
const note = text(`Why; up to ${MAX_REASON} characters.`, { max: 10_000 })

const maskSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    path: { type: 'string' },
    start_timestamp: { ...timeOrNull, description: 'null: open.' },
    end_timestamp: { ...timeOrNull, description: 'null: open.' },
    where: { type: ['string', 'null'], description: 'null: all values of that time.' },
    note: { type: 'string' },
    values: { type: 'integer', description: 'How many it covered when it was made.' },
    stretches: { type: 'integer', description: 'Of how many stretches of time it consists.' },
    parts: { type: 'array', items: { type: 'array', items: time }, description: 'The first of them, in the range that was asked for.' },
    by: { type: 'string' },
    creation_timestamp: time,
  },
}

const calibrationSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    path: { type: 'string' },
    start_timestamp: time,
    scale: { type: 'number' },
    offset: { type: 'number' },
    points: { type: ['array', 'null'], items: { type: 'array', items: { type: 'number' } } },
    note: { type: 'string' },
    by: { type: 'string' },
    creation_timestamp: time,
  },
}

export function createCorrectionRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/sequences/masks',
      forLinks: true,
      tag,
      summary: 'The masks of a sequence, the newest first',
      description: 'With start_timestamp and end_timestamp those that reach into that time, with their `parts` there.',
      parameters: { path: place, start_timestamp: timestamp('From this time on.'), end_timestamp: timestamp('Up to this time.') },
      reply: { type: 'object', properties: { masks: { type: 'array', items: maskSchema } } },
      handle: async ({ ctx, actor, parameters: { path, start_timestamp: start, end_timestamp: end } }) => {
        const range = start === undefined && end === undefined ? undefined : { start, end }
        return { status: 'ok', masks: await listMasks(ctx, actor, requireResource(ctx, actor, path), range) }
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/sequences/masks',
      tag,
      summary: 'Mark values as bad: they stay stored, and reads leave them out',
      description:
        'Charts, aggregates, alerts, exports and the newest value leave masked values out; masked=include reads them too, raw=true ' +
        'reads what is stored. Without `where` all of the stretch is masked, and what comes into it later too; without an end until the ' +
        'mask is taken off. With `where` the values that are there now and fulfil it.',
      parameters: {
        path: place,
        start_timestamp: timestamp('From this time on, itself included.'),
        end_timestamp: timestamp('Up to this time, itself included.'),
        where: text('Only values like this: value > 95, value >= 10 and value < 20, contains "error".', { max: MAX_WHERE }),
        note,
      },
      reply: maskSchema,
      handle: async ({ ctx, actor, parameters: { path, start_timestamp: start, end_timestamp: end, where, note: reason } }) => ({
        status: 'ok',
        ...(await maskValues(ctx, actor, requireResource(ctx, actor, path), { start, end, where, note: reason })),
      }),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/sequences/masks',
      tag,
      summary: 'Take a mask off: everything reads as before',
      parameters: { path: place, id: required(text('Of the mask.', { max: 20 })) },
      reply: maskSchema,
      handle: async ({ ctx, actor, parameters: { path, id } }) => ({
        status: 'ok',
        ...(await unmaskValues(ctx, actor, requireResource(ctx, actor, path), requireId(id, 'mask'))),
      }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/sequences/calibrations',
      forLinks: true,
      tag,
      summary: 'The calibrations of a sequence, the latest first',
      parameters: { path: place },
      reply: { type: 'object', properties: { calibrations: { type: 'array', items: calibrationSchema } } },
      handle: async ({ ctx, actor, parameters: { path } }) => ({
        status: 'ok',
        calibrations: await listCalibrations(ctx, actor, requireResource(ctx, actor, path)),
      }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/sequences/calibrations',
      tag,
      summary: 'Have values be read otherwise from a time on: scaled and moved, or by a table',
      description:
        'What is read is value × scale + offset, or lies on the line between the two nearest points; until the next calibration. What is ' +
        'stored stays: raw=true reads it.',
      parameters: {
        path: place,
        start_timestamp: timestamp('From this time on, itself included; now unless given.'),
        scale: number('1 unless given.'),
        offset: number('0 unless given.'),
        points: anything('In place of both: pairs of what the sensor said and what was right.', {
          schema: { type: 'array', items: { type: 'array', items: { type: 'number' } } },
        }),
        note,
      },
      reply: calibrationSchema,
      handle: async ({ ctx, actor, parameters: { path, start_timestamp: start, note: reason, ...how } }) => ({
        status: 'ok',
        ...(await calibrateSequence(ctx, actor, requireResource(ctx, actor, path), { start, note: reason, ...how })),
      }),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/sequences/calibrations',
      tag,
      summary: 'Remove a calibration: values read as by the one before, or raw',
      parameters: { path: place, id: required(text('Of the calibration.', { max: 20 })) },
      reply: calibrationSchema,
      handle: async ({ ctx, actor, parameters: { path, id } }) => ({
        status: 'ok',
        ...(await removeCalibration(ctx, actor, requireResource(ctx, actor, path), requireId(id, 'calibration'))),
      }),
    }),
  ]
}

function requireId(text: string, what: string): number {
  if (text === '') throw invalid(`id is missing: of the ${what}.`)
  const id = idOf(text)
  if (id === undefined) throw notFound(`There is no ${what} ${JSON.stringify(text)}: it has a number.`)
  return id
}
