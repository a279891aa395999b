import assert from 'node:assert/strict'
import fc from 'fast-check'
import test from 'node:test'
import { formatTimestamp, parseTimestamp, timeOfSeconds } from '../../src/base/time.ts'

test('microseconds survive a round trip', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -62_135_596_800_000_000, max: 7_258_118_399_999_999 }),
      (time) => parseTimestamp(formatTimestamp(time)) === time,
    ),
  )
})

test('the forms of the wire', () => {
  const noon = Date.UTC(2026, 0, 31, 12) * 1000
  assert.equal(parseTimestamp('2026-01-31T12:00:00Z'), noon)
  assert.equal(parseTimestamp('2026-01-31T12:00:00 Z'), noon)
  assert.equal(parseTimestamp('2026-01-31T12:00:00.5Z'), noon + 500_000)
  assert.equal(parseTimestamp('2026-01-31T12:00:00.123456 Z'), noon + 123_456)
  assert.equal(timeOfSeconds(1_769_860_800.25), noon + 250_000)
})

const malformed = [
  '',
  '2026-01-31',
  '2026-01-31T12:00:00',
  '2026-01-31 12:00:00Z',
  '2026-02-30T12:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-31T24:00:00Z',
  '2026-01-31T12:60:00Z',
  '2026-01-31T12:00:60Z',
  '2026-01-31T12:00:00.Z',
  '2026-01-31T12:00:00.1234567Z',
  '2026-01-31T12:00:00  Z',
  '2026-01-31T12:00:00Zx',
  '2026-01-31T12:00:00+00:00',
  '0000-01-01T00:00:00Z',
  '9999-01-01T00:00:00Z',
  'x2026-01-31T12:00:00Z',
]

test('anything else is no timestamp, also right after a good one of the same minute', () => {
  for (const text of malformed) {
    parseTimestamp('2026-01-31T12:00:00Z')
    assert.equal(parseTimestamp(text), undefined, text)
  }
})

test('no text throws, and what parses prints back to the same time', () => {
  const shaped = fc.stringMatching(/^2026-0[0-3]-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d(\.\d{0,7})? ?Z?$/)
  fc.assert(
    fc.property(fc.oneof(fc.string(), shaped), (text) => {
      const time = parseTimestamp(text)
      return time === undefined || parseTimestamp(formatTimestamp(time)) === time
    }),
  )
})

test('the parser takes what the form of the wire says, and nothing else', () => {
  const form = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))? ?Z$/
  const digits = (most: number): fc.Arbitrary<string> => fc.integer({ min: 0, max: most }).map((number) => String(number).padStart(2, '0'))
  const fraction = fc.option(fc.stringMatching(/^\.\d{0,7}$/), { nil: '' })
  const timestamp = fc
    .tuple(
      fc.integer({ min: 0, max: 2_300 }),
      digits(13),
      digits(32),
      digits(24),
      digits(61),
      digits(61),
      fraction,
      fc.constantFrom('Z', ' Z'),
    )
    .map(
      ([year, month, day, hour, minute, second, rest, end]) =>
        `${String(year).padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}${rest}${end}`,
    )
  const mistyped = fc
    .tuple(timestamp, fc.nat(30), fc.constantFrom('', '0', '-', ':', '.', ' ', 'T', 'Z', 'x', '\u0664', '\u0130'))
    .map(([text, at, other]) => text.slice(0, at) + other + text.slice(at + 1))
  fc.assert(
    fc.property(fc.oneof(timestamp, mistyped), (text) => {
      const [, year, month, day, hour, minute, second, rest = ''] = form.exec(text) ?? []
      const whole = `${year}-${month}-${day}T${hour}:${minute}:${second}`
      const milliseconds = year === undefined || year === '0000' || second === '60' || hour === '24' ? Number.NaN : Date.parse(`${whole}Z`)
      // Date rolls 31 June over into July.
      const exists =
        !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(whole) && milliseconds < Date.UTC(2200, 0)
      assert.equal(parseTimestamp(text), exists ? milliseconds * 1_000 + Number(rest.padEnd(6, '0')) : undefined, text)
    }),
    { numRuns: 2_000 },
  )
})
