/** Routes for PINs, with which new controllers get their key. */
import { createPin, enterPin, pollPin } from '../../src/people/pins.ts'
import { required, text } from './parameters.ts'
import { idOf, route, type Route } from './route.ts'

export function createPinRoutes(): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/pins',
      tag: 'PINs',
      summary: 'Ask for a PIN, as a controller without a key',
      description:
        'The controller shows the PIN, keeps the PIN code to itself, and asks GET /api/v1/pins/{pin} until somebody has ' +
        'entered the PIN. Both are valid for 30 minutes.',
      parameters: {},
      reply: { type: 'object', properties: { status: { const: 'ok' }, pin: { type: 'integer' }, pin_code: { type: 'string' } } },
      open: true,
      handle: async ({ ctx, address }) => {
        const { pin, pinCode } = await createPin(ctx, address)
        return { status: 'ok', pin, pin_code: pinCode }
      },
    }),
    route({
      method: 'PUT',
      path: '/api/v1/pins/:pin',
      tag: 'PINs',
      summary: 'Enter the PIN that a new controller shows',
      description: "For users who may write in the controller's folder.",
      parameters: { controller: required(text('Path of the controller that it shall be.')) },
      handle: async ({ ctx, actor, parameters, path, address }) => {
        await enterPin(ctx, actor, idOf(path['pin']), parameters.controller, address)
        return undefined
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/pins/:pin',
      tag: 'PINs',
      summary: 'Ask whether a PIN was entered, as the controller that shows it',
      description: 'The key comes once: with the first answer after the PIN was entered.',
      parameters: { pin_code: required(text('As it came with the PIN.', { max: 200 })) },
      reply: {
        type: 'object',
        properties: { status: { const: 'ok' }, controller_path: { type: 'string' }, secret_key: { type: 'string' } },
      },
      open: true,
      handle: async ({ ctx, parameters, path, address }) => {
        const handed = await pollPin(ctx, idOf(path['pin']), parameters.pin_code, address)
        return { status: 'ok', ...(handed ? { controller_path: handed.controllerPath, secret_key: handed.secretKey } : {}) }
      },
    }),
  ]
}
