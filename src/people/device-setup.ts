/** All that a new device needs at once: a controller, a sequence for what it measures, and a key. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { invalid } from '../base/fault.ts'
import { createControllerKey } from './keys.ts'
import { joinPath, requireName } from '../base/path.ts'
import { createResource } from '../resources/creation.ts'
import { CONTROLLER_FOLDER, NUMERIC, SEQUENCE } from '../wire/resource-types.ts'

export interface NewDevice {
  /** Absolute path of the folder that it goes into. */
  readonly folder: string
  readonly name: string
  /** What it measures. */
  readonly sequence: string
  readonly units: string
}

export interface ConnectedDevice {
  /** Of the controller and of its sequence. */
  readonly path: string
  readonly sequencePath: string
  /** Shown this once. */
  readonly secretKey: string
}

/** What each controller has from the start. */
const OWN_PARTS = new Set(['log', 'status'])

/**
 * Makes a controller with a numeric sequence, which stores each value, and a key.
 * @throws Fault conflict when there is something of that name; forbidden without write on the folder; invalid
 */
export async function connectDevice(ctx: Context, actor: Actor, { folder, name, sequence, units }: NewDevice): Promise<ConnectedDevice> {
  // All that can be wrong is found before anything is made.
  requireName(name)
  requireName(sequence, 'sequence')
  if (OWN_PARTS.has(sequence)) throw invalid(`sequence: each controller has "${sequence}" already. Choose another name.`)
  if (units.length > 100) throw invalid('units is longer than 100 characters.')
  const controllerId = await createResource(ctx, actor, { folder, name, type: CONTROLLER_FOLDER })
  const path = joinPath(folder, name)
  await createResource(ctx, actor, {
    folder: path,
    name: sequence,
    type: SEQUENCE,
    systemAttributes: { data_type: NUMERIC, min_storage_interval: 0, ...(units === '' ? {} : { units }) },
  })
  const { secretKey } = await createControllerKey(ctx, actor, controllerId)
  return { path, sequencePath: joinPath(path, sequence), secretKey }
}
