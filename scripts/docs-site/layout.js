// The frame of each page of the site: menu, search, what is on the page.
import { escapeHtml } from './pages.js'

/** @param page one of `pages` @returns the whole document */
export function layOut(page, pages) {
  const menu = [...new Set(pages.map(({ chapter }) => chapter))].map(
    (chapter) =>
      `<h2>${chapter}</h2>\n<ul>${pages
        .filter((one) => one.chapter === chapter)
        .map((one) => `<li>${one === page ? current(one) : linkTo(one)}</li>`)
        .join('\n')}</ul>`,
  )
  const parts = [...page.html.matchAll(/<h2 id="([^"]+)">(.*?)<\/h2>/g)].map(
    ([, id, text]) => `<li><a href="#${id}">${text.replaceAll(/<[^>]+>/g, '')}</a></li>`,
  )
  const contents = parts.length < 3 ? '' : `<nav class="contents" aria-label="On this page"><ul>${parts.join('\n')}</ul></nav>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(page.title)}${page.title === 'rhizo' ? '' : ' · rhizo'}</title>
<link rel="stylesheet" href="style.css">
<script src="site.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header><a class="brand" href="index.html">rhizo</a>
<form role="search"><label class="hidden" for="search">Search the documentation</label>
<input id="search" type="search" placeholder="Search (press /)" autocomplete="off" spellcheck="false"></form></header>
<div class="columns">
<details class="menu" open><summary>All pages</summary><nav aria-label="Pages">${menu.join('\n')}</nav></details>
<main id="content" tabindex="-1">
<section id="results" aria-live="polite" hidden></section>
<article><h1>${escapeHtml(page.title)}</h1>
${contents}
${page.html}
</article>
</main>
</div>
</body>
</html>
`
}

const linkTo = ({ name, title }) => `<a href="${name}.html">${escapeHtml(title)}</a>`
const current = ({ name, title }) => `<a href="${name}.html" aria-current="page">${escapeHtml(title)}</a>`
