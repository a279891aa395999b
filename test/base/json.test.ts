/** JSON from outside: numbers keep what they say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExactly } from '../../src/base/json.ts'

test('a whole number that would change is found wherever it stands, and one that does not stays a number', () => {
  for (let at = 0; at < 40; at++) {
    const before = `{"before":"${'x'.repeat(at)}","number":`
    for (const digits of ['9007199254740993', '-9007199254740993', '12345678901234567891', `1${'0'.repeat(40)}1`])
      assert.deepEqual(parseExactly(`${before}${digits}}`), { before: 'x'.repeat(at), number: digits })
    for (const digits of ['900719925474099', '-123456789012345', '9007199254740992', '1e300'])
      assert.deepEqual(parseExactly(`${before}${digits}}`), { before: 'x'.repeat(at), number: Number(digits) })
  }
})
