import assert from 'node:assert/strict'
import test from 'node:test'
import { elementsOf, textOf } from '../../src/base/little-xml.ts'

test('elements of an answer are found by their whole name, empty ones and those with attributes too', () => {
  const xml =
    '<?xml version="1.0"?><R xmlns="x"><Keys>1</Keys><Key>a &amp; b</Key><Key/><Key type="x">c</Key><KeyCount>3</KeyCount><Key>open</R>'
  assert.deepEqual(elementsOf(xml, 'Key'), ['a &amp; b', '', 'c'])
  assert.equal(textOf(xml, 'Key'), 'a & b')
  assert.equal(textOf(xml, 'KeyCount'), '3')
  assert.equal(textOf(xml, 'None'), undefined)
  assert.equal(textOf('<Key>&#65;&#x42;&#1114112;&none;</Key>', 'Key'), 'AB&#1114112;&none;')
})

test('elements that never end are looked at once: going back to each would take minutes', () => {
  for (const part of ['<Contents>', '<Contents ', '<Contents', '<Contents a="b"'])
    assert.deepEqual(elementsOf(part.repeat(400_000), 'Contents'), [])
  assert.equal(elementsOf('<Contents/>'.repeat(100_000), 'Contents').length, 100_000)
})
