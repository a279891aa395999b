/** Colours of a chart's lines: far enough from each other and from the ground, in both themes. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { COLOURS } from '../../daemon/web/shared/chart-shows.ts'

type Triple = readonly [number, number, number]

const linear = (part: number): number => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)

const partOf = (hex: string, at: number): number => linear(Number.parseInt(hex.slice(at, at + 2), 16) / 255)
const rgbOf = (hex: string): Triple => [partOf(hex, 1), partOf(hex, 3), partOf(hex, 5)]

const luminance = ([red, green, blue]: Triple): number => 0.2126 * red + 0.7152 * green + 0.0722 * blue

/** A colour in OKLab, where distances are as eyes see them. Source: bottosson.github.io/posts/oklab. */
function labOf([red, green, blue]: Triple): Triple {
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

const distance = (one: Triple, other: Triple): number => Math.hypot(...labOf(one).map((part, at) => part - (labOf(other)[at] ?? 0)))

test('the colours of lines can be told from each other and from the ground, in the light and in the dark', () => {
  const tokens = readFileSync('daemon/web/styles/tokens.css', 'utf8')
  const valuesOf = (token: string): [string, string] => {
    const found = new RegExp(`--${token}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(tokens)
    return [found?.[1] ?? '', found?.[2] ?? '']
  }
  for (const theme of [0, 1]) {
    const ground = luminance(rgbOf(valuesOf('surface')[theme] ?? ''))
    const colours = Array.from({ length: COLOURS }, (_, at) => valuesOf(`series-${at + 1}`)[theme] ?? '')
    for (const [at, colour] of colours.entries()) {
      assert.match(colour, /^#\w{6}$/, `series-${at + 1}`)
      const own = luminance(rgbOf(colour))
      const contrast = (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05)
      assert.ok(contrast >= 3, `series-${at + 1} ${colour}: contrast ${contrast.toFixed(2)}`)
      for (const [other, colour2] of colours.slice(0, at).entries()) {
        const apart = distance(rgbOf(colour), rgbOf(colour2))
        assert.ok(apart >= 0.09, `series-${other + 1} ${colour2} and series-${at + 1} ${colour} are ${apart.toFixed(3)} apart`)
      }
    }
  }
})
