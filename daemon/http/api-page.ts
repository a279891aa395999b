/** A page that shows the API's description to people: plain HTML without scripts or external resources. */
import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { Parameter } from './parameters.ts'
import type { Route } from './route.ts'

type Html = HtmlEscapedString | Promise<HtmlEscapedString>

const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent);
  --soft: color-mix(in srgb, currentColor 7%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.2rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem }
nav a { margin-right: 1rem } code { font: .9em ui-monospace, monospace }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; overflow-wrap: anywhere }
summary { cursor: pointer; padding: .5rem .75rem; display: flex; gap: .75rem; flex-wrap: wrap; align-items: baseline }
summary:hover { background: var(--soft) } details > div { padding: 0 .75rem .75rem }
.method { font: 600 .8rem ui-monospace, monospace; border-radius: .3rem; padding: .1rem .45rem; background: var(--soft);
  min-width: 3.6rem; text-align: center }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-top: 1px solid var(--line) }
th { font-weight: 600; border: 0 }
.kind { opacity: .75; white-space: nowrap }
`

/** The page's policy allows this one style sheet, by its hash, and nothing else. */
export const apiPageStyle = STYLE

export function renderApiPage(routes: readonly Route[], title: string): Html {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}: API</title><style>${raw(STYLE)}</style></head>
<body>
<h1>The API of ${title}</h1>
<p>Parameters come as the query, a form, multipart or a JSON object: one flat set in which the body wins.
Send a secret key as the password of <code>Basic</code> or as <code>Bearer</code>.
Errors are <code>{"status":"error","message":"…"}</code> with a fitting status.
Machines read <a href="/api/v1/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
<p><code>curl -u :$KEY '/api/v1/resources/org/controller/temperature?count=10'</code></p>
<nav>${tagsOf(routes).map((tag) => html`<a href="#${tag}">${tag}</a>`)}</nav>
${renderRoutes(routes)}
</body></html>`
}

const tagsOf = (routes: readonly Route[]): string[] => [...new Set(routes.map(({ tag }) => tag))]

/** All routes by their tags, without the page around them: the documentation's pages have one of their own. */
export const renderRoutes = (routes: readonly Route[]): Html =>
  html`${tagsOf(routes).map((tag) => html`<h2 id="${tag}">${tag}</h2>${routes.filter((route) => route.tag === tag).map(renderRoute)}`)}`

function renderRoute(route: Route): Html {
  const parameters = Object.entries(route.parameters)
  return html`<details id="${route.method}${route.path}"><summary>
<span class="method">${route.method}</span><code>${route.path.replace(/\/\*$/, '/PATH')}</code>
<span>${route.summary}</span></summary><div>
${route.description ? html`<p>${route.description}</p>` : ''}
${parameters.length === 0 ? html`<p>No parameters.</p>` : renderParameters(parameters)}
</div></details>`
}

const renderParameters = (parameters: [string, Parameter<unknown>][]): Html => html`<table>
<tr><th>Parameter</th><th>Kind</th><th>Meaning</th></tr>${parameters.map(renderParameter)}</table>`

function renderParameter([name, parameter]: [string, Parameter<unknown>]): Html {
  const { type, format } = parameter.schema
  const kind = typeof format === 'string' ? format : typeof type === 'string' ? type : 'any'
  const aliases = parameter.aliases.length > 0 ? ` Of old: ${parameter.aliases.join(', ')}.` : ''
  return html`<tr><td><code>${name}</code></td><td class="kind">${kind}${parameter.required ? ', required' : ''}</td>
<td>${parameter.description}${aliases}</td></tr>`
}
