// Search: all words must be there; those in headings count most. The index is fetched when somebody begins to search.
const field = document.querySelector('#search')
const results = document.querySelector('#results')
const article = document.querySelector('article')
const MOST = 30
let loading

// Small screens begin with the menu closed.
if (matchMedia('(max-width: 60rem)').matches) document.querySelector('.menu').open = false

function load() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = 'search-index.js'
    script.onload = () => resolve(globalThis.searchIndex)
    script.onerror = () => reject(new Error('search-index.js could not be loaded'))
    document.head.append(script)
  })
  return loading
}

function weigh({ page, title, text }, words) {
  let weight = 0
  const [inTitle, inText, inPage] = [title.toLowerCase(), text.toLowerCase(), page.toLowerCase()]
  for (const word of words) {
    const here = (inTitle === word ? 40 : inTitle.includes(word) ? 20 : 0) + (inPage.includes(word) ? 3 : 0)
    const times = inText.split(word).length - 1
    if (here + times === 0) return 0
    weight += here + Math.min(times, 5)
  }
  return weight
}

function excerpt(text, words) {
  const at = Math.max(0, Math.min(...words.map((word) => text.toLowerCase().indexOf(word)).filter((one) => one >= 0), text.length))
  const start = at >= text.length ? 0 : Math.max(0, at - 60)
  return `${start > 0 ? '… ' : ''}${text.slice(start, start + 200)}${text.length > start + 200 ? ' …' : ''}`
}

function make(tag, text, properties = {}) {
  return Object.assign(document.createElement(tag), { textContent: text, ...properties })
}

async function search() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean)
  results.hidden = words.length === 0
  article.hidden = words.length > 0
  if (words.length === 0) return
  let index
  try {
    index = await load()
  } catch (error) {
    results.replaceChildren(make('p', `The search does not work: ${error.message}.`))
    return
  }
  const found = index
    .map((section) => ({ section, weight: weigh(section, words) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
  const list = document.createElement('ol')
  for (const { section } of found.slice(0, MOST)) {
    const item = document.createElement('li')
    item.append(make('a', section.title, { href: section.address }), make('span', section.page), make('p', excerpt(section.text, words)))
    list.append(item)
  }
  const count =
    found.length > MOST ? `${found.length} places, the first ${MOST}` : found.length === 1 ? '1 place' : `${found.length} places`
  results.replaceChildren(make('h1', `${count}`), list)
}

field.addEventListener('focus', () => void load().catch(() => {}))
field.addEventListener('input', () => void search())
field.form.addEventListener('submit', (event) => {
  event.preventDefault()
  void search().then(() => results.querySelector('a')?.click())
})
// A place on the same page is behind the results.
results.addEventListener('click', ({ target }) => {
  if (!(target instanceof HTMLAnchorElement)) return
  field.value = ''
  void search()
})
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== field && !event.ctrlKey && !event.metaKey) {
    event.preventDefault()
    field.focus()
  }
  if (event.key === 'Escape' && document.activeElement === field) {
    field.value = ''
    void search()
  }
})
