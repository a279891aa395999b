/** Values told in other units: the table, its spellings, and what can't be told. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { conversionBetween, convert, convertBack, convertDifference, convertShown, shownUnits, unitsLike } from '../../src/base/units.ts'
import { startLab } from '../support/lab.ts'
import { rhizo } from '../support/outside-command.ts'

const told = (value: number, from: string, to: string): number => convert(conversionBetween(from, to), value)

test('each kind of unit becomes another of its kind, however it is spelled, and comes back', () => {
  const known: readonly (readonly [number, string, string, number])[] = [
    [21.5, '°C', 'F', 70.7],
    [-40, 'degF', 'C', -40],
    [0, 'C', 'K', 273.15],
    [0, 'K', '°F', -459.67],
    [1013.25, 'hPa', 'inHg', 29.9212556],
    [1013.25, 'mbar', 'hPa', 1013.25],
    [10, 'm/s', 'km/h', 36],
    [10, 'kn', 'm/s', 5.14444444],
    [60, 'mph', 'km/h', 96.56064],
    [25.4, 'mm', 'in', 1],
    [1, 'gal', 'l', 3.78541178],
    [1, 'lb', 'g', 453.59237],
  ]
  for (const [value, from, to, expected] of known) {
    assert.equal(told(value, from, to), expected, `${value} ${from} in ${to}`)
    assert.ok(Math.abs(told(told(value, from, to), to, from) - value) < 1e-6, `${from} and back`)
  }
  assert.deepEqual(unitsLike('°F'), ['K', 'C', 'F'])
  assert.deepEqual(unitsLike('furlong'), [])
  for (const [from, to] of [
    ['C', 'hPa'],
    ['C', 'furlong'],
    ['furlong', 'C'],
    ['constructor', 'C'],
    ['mPa', 'Pa'],
  ] as const)
    assert.throws(() => conversionBetween(from, to), /can't be told/, `${from} in ${to}`)
})

test('a system of units names what its people read, as finely as it was measured, and leaves the rest', () => {
  const shown = (system: 'metric' | 'us', units: string, decimals?: number): unknown[] => {
    const found = shownUnits(system, { units, decimals })
    return [found.units, found.decimals, found.conversion === undefined ? 1 : convertShown(found.conversion, 1)]
  }
  assert.deepEqual(shown('us', 'C', 1), ['°F', 1, 33.8])
  assert.deepEqual(shown('us', '°C'), ['°F', undefined, 33.8])
  assert.deepEqual(shown('us', 'hPa', 1), ['inHg', 3, 0.0295299833])
  assert.deepEqual(shown('us', 'mm', 0), ['in', 2, 0.0393700787])
  assert.deepEqual(shown('metric', 'inHg', 2), ['hPa', 1, 33.8638864])
  for (const units of ['K', '%', 'kn', 'constructor', '']) assert.deepEqual(shown('us', units, 2), [units, 2, 1])
  for (const units of ['C', 'hPa', 'mm']) assert.deepEqual(shown('metric', units, 2), [units, 2, 1])
  const { conversion } = shownUnits('us', { units: 'C' })
  assert.equal(convertDifference(conversion, 10), 18)
  assert.equal(convertBack(conversion, 50), 10)
})

test('the command line tells values in the units that are asked for, and says where it can not', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/fridge', 1, { units: '°C', decimal_places: 1 })
  await lab.sequence('/lab/count')
  for (const value of [21.5, 4]) await lab.put('/resources', { values: { '/lab/fridge': value, '/lab/count': value } })
  const newest = await rhizo(lab, ['seq', 'get', '/lab/fridge', '--units', 'F'])
  assert.deepEqual([newest.stdout, newest.stderr], ['39.2\n', ''])
  const { stdout } = await rhizo(lab, ['seq', 'tail', '/lab/fridge', '-n', '1', '--count', '0', '--units', 'K', '--json'])
  assert.equal(Number((JSON.parse(stdout) as { value: unknown }).value), 277.15)
  assert.equal((await rhizo(lab, ['seq', 'get', '/lab/fridge'])).stdout, '4\n')
  const wrong = await rhizo(lab, ['seq', 'get', '/lab/fridge', '--units', 'hPa'])
  assert.deepEqual([wrong.code, /can't be told in "hPa"; they can in K, C, F/.test(wrong.stderr)], [2, true])
  assert.match((await rhizo(lab, ['seq', 'get', '/lab/count', '--units', 'F'])).stderr, /has no units/)
})
