import sharp from 'sharp'
import type { Lab } from '../support/lab.ts'
import { makePdf, makeTone } from '../support/media-samples.ts'
import type { Scene } from './scenes.ts'

const put = (lab: Lab, path: string, content: string | Uint8Array) =>
  lab.post(`/resources${path}`, { data: Buffer.from(content).toString('base64') })

const GUIDE = `# Watering the greenhouse

The pump runs **twice a day**; change that in [the plan](plan.csv). What to look at first:

1. the level of the tank: at least 40 litres
2. the valve of bed 3, which sticks (see below)
3. \`/greenhouse/pump/log\`

## When it rains

> The roof opens by itself below 25 °C. Never force it.

| bed | litres | when |
|---|--:|:-:|
| tomatoes | 12 | 6:00 |
| cucumbers | 9.5 | 6:00, 18:00 |
| herbs | 2 | 18:00 |

![The tank](tank.png)

\`\`\`python
pump.run(seconds=90)
\`\`\`
`

const ROWS = Array.from(
  { length: 10_000 },
  (_, at) =>
    `2026-03-${String(1 + Math.floor(at / 400)).padStart(2, '0')},bed ` +
    `${1 + (at % 6)},${(12 + Math.sin(at / 7) * 5).toFixed(1)},${at % 9 === 0 ? '"leaves yellow, some spots"' : ''}`,
)

const tank = async (): Promise<Buffer> => {
  const bars = Array.from(
    { length: 9 },
    (_, at) =>
      `<rect x="${40 + at * 78}" y="${330 - at * 24}" width="52" height="${at * 24 + 60}" rx="6" fill="hsl(${140 + at * 9} 45% ` +
      `${30 + at * 4}%)"/>`,
  ).join('')
  return sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="780" height="420"><rect width="780" height="420" fill="#dfe9e2"/>${bars}</svg>`,
    ),
  )
    .png()
    .toBuffer()
}

async function fillFiles(lab: Lab): Promise<void> {
  await put(lab, '/lab/files/guide.md', '# Watering the greenhouse\n\nThe pump runs once a day.\n')
  await put(lab, '/lab/files/guide.md', GUIDE)
  await put(lab, '/lab/files/README.md', 'Notes and plans of the greenhouse. **[The guide](guide.md)** comes first.\n')
  await put(lab, '/lab/files/plan.csv', `day,bed,litres,remark\n${ROWS.join('\n')}\n`)
  await put(lab, '/lab/files/tank.png', await tank())
  await put(lab, '/lab/files/firmware.bin', new Uint8Array(345_678))
  await put(lab, '/lab/files/manual.pdf', makePdf('How to water the plants'))
  await put(lab, '/lab/files/alarm.wav', makeTone())
  await put(lab, '/lab/files/broken.mp4', 'no film')
  await put(lab, '/lab/files/empty.txt', '')
  await put(lab, '/lab/files/settings.yaml', 'pump:\n  seconds: 90\n  times: ["06:00", "18:00"]\nvalves:\n  - bed 1\n  - bed 2\n')
  await put(
    lab,
    '/lab/files/settings.yaml',
    'pump:\n  seconds: 120\n  times: ["06:00", "18:00"]\nvalves:\n  - bed 1\n  - bed 2\n  - bed 3\n',
  )
}

export const fileScenes: readonly Scene[] = [
  { name: 'file-markdown', path: '/lab/files/guide.md', prepare: fillFiles },
  { name: 'file-markdown-edit', path: '/lab/files/guide.md?view=edit', act: (page) => page.locator('.editor-write textarea').waitFor() },
  { name: 'file-text', path: '/lab/files/settings.yaml' },
  { name: 'file-table', path: '/lab/files/plan.csv' },
  { name: 'file-table-edit', path: '/lab/files/plan.csv?view=edit', act: (page) => page.getByText('Row 1, day').waitFor() },
  { name: 'file-image', path: '/lab/files/tank.png', act: (page) => page.getByText('shown at').waitFor() },
  { name: 'file-pdf', path: '/lab/files/manual.pdf', act: (page) => page.locator('iframe.pdf-frame, .notice').first().waitFor() },
  { name: 'file-sound', path: '/lab/files/alarm.wav' },
  { name: 'file-broken-video', path: '/lab/files/broken.mp4', act: (page) => page.getByRole('alert').waitFor() },
  { name: 'file-empty', path: '/lab/files/empty.txt' },
  { name: 'file-other', path: '/lab/files/firmware.bin' },
  { name: 'file-revisions', path: '/lab/files/guide.md?view=revisions' },
  {
    name: 'file-compare',
    path: '/lab/files/guide.md?view=revisions',
    act: async (page) => {
      await page.getByRole('link', { name: 'Changes' }).first().click()
      await page.locator('.difference').waitFor()
    },
  },
  {
    name: 'file-conflict',
    path: '/lab/files/settings.yaml?view=edit',
    act: async (page) => {
      await page.locator('textarea').fill('pump:\n  seconds: 60\n  times: ["07:00"]\nvalves:\n  - bed 1\n')
      // What somebody else does meanwhile.
      await page.evaluate(
        "fetch('/api/v1/resources/lab/files/settings.yaml', { method: 'PUT', headers: { 'content-type': 'application/json', " +
          "'x-csrf-token': document.querySelector('meta[name=csrf-token]').content }, body: JSON.stringify({ data: " +
          'btoa(\'pump:\\n  seconds: 180\\n  times: ["06:00", "18:00"]\\nvalves:\\n  - bed 1\\n  - bed 2\\n\') }) })',
      )
      await page.getByRole('button', { name: 'Save' }).click()
      await page.locator('.difference').waitFor()
    },
  },
  { name: 'file-folder', path: '/lab/files' },
]
