/** Creates everything that a new device needs: a controller, a sequence for its measurements, and a key. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { invalid } from '../base/fault.ts'
import { createControllerKey } from './keys.ts'
import { joinPath, requireName } from '../base/path.ts'
import { createResource } from '../resources/creation.ts'
import { KEEPS_ALL } from '../wire/new-sequence.ts'
import { CONTROLLER_FOLDER, NUMERIC, SEQUENCE } from '../wire/resource-types.ts'

export interface NewDevice {
  /** Absolute path of the folder for the controller. */
  readonly folder: string
  readonly name: string
  /** Name of the sequence for its measurements. */
  readonly sequence: string
  readonly units: string
}

export interface ConnectedDevice {
  /** Paths of the controller and of its sequence. */
  readonly path: string
  readonly sequencePath: string
  /** Returned only this once. */
  readonly secretKey: string
}

/** Names that every controller uses from the start. */
const OWN_PARTS = new Set(['log', 'status'])

/**
 * Creates a controller with a key, which makes sequences at first sight, and in it a numeric sequence that stores every value.
 * @throws Fault conflict when the name is taken; forbidden without write on the folder; invalid
 */
export async function connectDevice(ctx: Context, actor: Actor, { folder, name, sequence, units }: NewDevice): Promise<ConnectedDevice> {
  // Check everything before anything is created.
  requireName(name)
  requireName(sequence, 'sequence')
  if (OWN_PARTS.has(sequence)) throw invalid(`sequence: each controller has "${sequence}" already. Choose another name.`)
  if (units.length > 100) throw invalid('units is longer than 100 characters.')
  const systemAttributes = { create_sequences: true }
  const controllerId = await createResource(ctx, actor, { folder, name, type: CONTROLLER_FOLDER, systemAttributes })
  const path = joinPath(folder, name)
  await createResource(ctx, actor, {
    folder: path,
    name: sequence,
    type: SEQUENCE,
    systemAttributes: { data_type: NUMERIC, ...KEEPS_ALL, ...(units === '' ? {} : { units }) },
  })
  const { secretKey } = await createControllerKey(ctx, actor, controllerId)
  return { path, sequencePath: joinPath(path, sequence), secretKey }
}
