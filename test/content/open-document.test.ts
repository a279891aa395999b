/** Rows of nothing below the tables of OpenDocument. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { withoutBlankEnds } from '../../src/content/open-document.ts'

const ROW = '<table:table-row><table:table-cell office:value="1"><text:p>1</text:p></table:table-cell></table:table-row>'
const table = (rows: string): string => `<table:table table:name="°">${rows}</table:table>`
const MILLION = 'table:number-rows-repeated="1048555"'
const BLANKS = [
  `<table:table-row ${MILLION}><table:table-cell table:number-columns-repeated="1024"/></table:table-row>`,
  `<table:table-row ${MILLION}><table:table-cell office:value-type="string"><text:p></text:p></table:table-cell></table:table-row>`,
  `<table:table-row ${MILLION}/>`,
]

const shorten = (xml: string): string => withoutBlankEnds(Buffer.from(xml)).toString()

for (const [at, blank] of BLANKS.entries())
  test(`a million blank rows at the end of each table are left out (${at + 1})`, () => {
    assert.equal(shorten(table(ROW + blank + blank) + table(blank) + '<a/>'), `${table(ROW)}${table('')}<a/>`)
  })

test('blank rows between others stay, and so does a row with anything in it', () => {
  const [blank = ''] = BLANKS
  const others = [
    `<table:table-row ${MILLION}><table:table-cell office:value="0"/></table:table-row>`,
    `<table:table-row ${MILLION}><table:table-cell table:formula="of:=1"/></table:table-row>`,
    `<table:table-row ${MILLION}><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>`,
    `<table:table-row ${MILLION}><table:table-cell><office:annotation/></table:table-cell></table:table-row>`,
  ]
  for (const other of others) assert.equal(shorten(table(ROW + blank + other)), table(ROW + blank + other))
})
