/** Conditions of alerts in the units that a visitor reads. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { shownCondition } from '../../daemon/web/shared/alert-words.ts'
import { describeRule, parseAlertRule } from '../../src/attributes/alert-rules.ts'
import { NUMERIC } from '../../src/wire/resource-types.ts'

const wordsOf = (fields: Record<string, unknown>): string => describeRule(parseAlertRule(fields, NUMERIC, 'alert', false))

test('limits and changes of each kind of rule are told in °F, and with their unit to who reads them as they are stored', () => {
  for (const [fields, us, stored] of [
    [{ kind: 'above', value: 30 }, 'above 86 °F', 'above 30 °C'],
    [{ kind: 'above', value: 30, for_seconds: 300 }, 'above 86 °F for 5m', 'above 30 °C for 5m'],
    [{ kind: 'below', value: -40 }, 'below −40 °F', 'below −40 °C'],
    [
      { kind: 'below', value: 0.5, schedule: ['22:00-06:00 = -12'] },
      'below 32.9 °F, with other limits at times',
      'below 0.5 °C, with other limits at times',
    ],
    [{ kind: 'above', value: 1e21 }, 'above 1.800 × 10^21 °F', 'above 1.000 × 10^21 °C'],
    [{ kind: 'outside', low: 2, high: 8 }, 'outside 35.6 to 46.4 °F', 'outside 2 to 8 °C'],
    [{ kind: 'rising', value: 5, within_seconds: 600 }, 'rising by more than 9 °F within 10m', 'rising by more than 5 °C within 10m'],
    [{ kind: 'falling', value: 0.5, within_seconds: 60 }, 'falling by more than 0.9 °F within 1m', 'falling by more than 0.5 °C within 1m'],
    [{ kind: 'silent', for_seconds: 1800 }, 'silent for 30m', 'silent for 30m'],
    [{ kind: 'unchanged', for_seconds: 1800 }, 'unchanged for 30m', 'unchanged for 30m'],
  ] as const) {
    const words = wordsOf(fields)
    const plain = (text: string): string => text.replaceAll('\u202f', ' ')
    assert.equal(plain(shownCondition(words, { units: 'C' }, 'us')), us)
    assert.equal(plain(shownCondition(words, { units: 'C' }, undefined)), stored)
    assert.equal(shownCondition(words, {}, 'us'), words)
    assert.equal(shownCondition(words, undefined, 'us'), words)
  }
})
