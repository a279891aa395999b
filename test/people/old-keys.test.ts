/** Keys as the original server makes them: bcrypt over the salted SHA-512, until they are first used. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { hash as bcrypt } from 'bcryptjs'
import { saltedHash } from '../../src/base/secrets.ts'
import { fieldOf } from '../support/browser.ts'
import { startLab, type Lab } from '../support/lab.ts'

/** Quick for tests; the original takes 12 rounds, which changes nothing but the time. */
const ROUNDS = 4

/** Gives the key of a controller the form that it has at the original. */
async function makeOld(lab: Lab, key: string, rounds = ROUNDS): Promise<void> {
  const quick = saltedHash(key, lab.settings.SALT)
  const old = (await bcrypt(quick, rounds)).replace('$2a$', '$2b$')
  await lab.ctx.db.updateTable('keys').set({ key_hash: old }).where('key_hash', '=', quick).execute()
  lab.ctx.keys.clear()
}

const hashesOf = async (lab: Lab, controllerId: number): Promise<string[]> =>
  (await lab.ctx.db.selectFrom('keys').select('key_hash').where('access_as_controller_id', '=', controllerId).execute()).map(
    ({ key_hash: hash }) => hash,
  )

test('an old key works, and keeps the quick hash after its first use', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await makeOld(lab, fridge.key)
  assert.match((await hashesOf(lab, fridge.id))[0] ?? '', /^\$2b\$/)
  const answers = await Promise.all(Array.from({ length: 8 }, () => fridge.get('/whoami')))
  assert.deepEqual(
    answers.map(({ status }) => status),
    Array.from({ length: 8 }, () => 200),
  )
  assert.deepEqual(await hashesOf(lab, fridge.id), [saltedHash(fridge.key, lab.settings.SALT)])
  lab.ctx.keys.clear()
  assert.equal(fieldOf(await fridge.get('/whoami'), 'kind'), 'controller')
})

test('a revoked old key stays out, and a key that somebody registers may not be an old one', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await makeOld(lab, fridge.key)
  const again = await lab.post('/keys', { access_as_controller_id: fridge.id, key: fridge.key })
  assert.equal(again.status, 409, again.text)
  await lab.ctx.db.updateTable('keys').set({ revocation_timestamp: 1 }).where('access_as_controller_id', '=', fridge.id).execute()
  lab.ctx.keys.clear()
  assert.equal((await fridge.get('/whoami')).status, 401)
})

test('guesses at old keys are limited, a wrong key is checked once, and quick keys pass all the same', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const attic = await lab.controller('attic')
  await makeOld(lab, fridge.key)
  const guess = (number: number) => lab.as(`${fridge.key.slice(0, 3)}${'X'.repeat(20)}${number}${fridge.key.slice(-3)}`).get('/whoami')
  for (let at = 0; at < 5; at++) assert.equal((await guess(1)).status, 401, 'the same wrong key counts once')
  for (let number = 2; number <= 30; number++) assert.equal((await guess(number)).status, 401)
  assert.equal((await guess(31)).status, 429)
  assert.equal((await guess(1)).status, 401, 'what is known to be wrong costs nothing')
  assert.equal((await attic.get('/whoami')).status, 200)
})
