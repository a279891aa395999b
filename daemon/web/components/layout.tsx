/** The frame of every page. */
import { PauseContext } from './in-turns.tsx'
import { escapeHidden } from '../../../src/base/hidden-text.ts'
import type { Context } from '../../../src/context.ts'
import { formatTimestamp } from '../../../src/base/time.ts'
import type { LinkGrant } from '../../../src/tree/actor.ts'
import { describeSuccessor } from '../../../src/resources/lab-standing.ts'
import { VERSION } from '../../../src/base/version.ts'
import type { Assets } from '../assets.ts'
import type { Page } from '../page.ts'
import { hasDocumentation } from '../documentation.ts'
import { pageOf, signInPage } from '../links.ts'
import type { Visitor } from '../visitor.ts'
import { Breadcrumbs } from './breadcrumbs.tsx'
import { Icon, Mark } from './icons.tsx'
import { extraEntries } from './navigation.ts'

interface LayoutProps {
  ctx: Context
  assets: Assets
  visitor: Visitor
  url: string
  page: Page
}

export const Layout = ({ ctx, assets, visitor, url, page }: LayoutProps) => {
  const { SYSTEM_NAME: name } = ctx.settings
  const script = assets.url(`${page.script ?? 'main'}.js`)
  return (
    <html lang="en" data-theme={visitor.theme} data-units={visitor.units}>
      <head>
        <meta charset="utf-8" />
        <title>{page.title === name ? name : `${escapeHidden(page.title)} · ${name}`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={visitor.theme === 'auto' ? 'light dark' : visitor.theme} />
        {visitor.csrfToken === '' ? null : <meta name="csrf-token" content={visitor.csrfToken} />}
        {assets.url('main.css') === '' ? null : <link rel="stylesheet" href={assets.url('main.css')} />}
        {script === '' ? null : <script type="module" src={script}></script>}
        {assets.url('favicon.svg') === '' ? null : <link rel="icon" href={assets.url('favicon.svg')} type="image/svg+xml" />}
        <link rel="manifest" href="/-/manifest.webmanifest" />
        <meta name="theme-color" content="#1d6b50" />
        {assets.url('icon-192.png') === '' ? null : <link rel="apple-touch-icon" href={assets.url('icon-192.png')} />}
        {page.files?.styles.map((address) => (
          <link rel="stylesheet" href={address} />
        ))}
        {page.files?.scripts.map((address) => (
          <script type="module" src={address}></script>
        ))}
      </head>
      <body class={page.bare === true ? 'is-bare' : ''}>
        <a class="skip-link" href="#content">
          Skip to the content
        </a>
        <header class="site-header">
          <div class="site-header-inner">
            <a class="brand" href="/">
              <Mark />
              <span class="brand-name">{name}</span>
            </a>
            {page.bare === true ? null : <HeaderTools ctx={ctx} visitor={visitor} url={url} />}
          </div>
        </header>
        <div id="connection" class="connection" role="status" aria-live="polite"></div>
        <main id="content" class={page.wide === true ? 'is-wide' : ''} tabindex={-1}>
          {page.bare === true ? null : <Breadcrumbs ctx={ctx} page={page} visitor={visitor} url={url} />}
          <ServerNote ctx={ctx} />
          <PauseContext.Provider value={ctx.turns.pause}>{page.content}</PauseContext.Provider>
        </main>
        <footer class="site-footer">
          {visitor.reader?.links === undefined ? null : (
            <span>Shown by a secret link, read only, until {endOf(visitor.reader.links)} UTC</span>
          )}
          <span>{name === 'rhizo' ? `rhizo ${VERSION}` : `${name} · rhizo ${VERSION}`}</span>
          <ThemeChoice visitor={visitor} url={url} />
        </footer>
        <div id="toasts" class="toasts" aria-live="polite"></div>
        {page.state === undefined ? null : (
          <script type="application/json" id="page-state" dangerouslySetInnerHTML={{ __html: scriptSafe(page.state) }}></script>
        )}
      </body>
    </html>
  )
}

/** When the last of the links ends. */
const endOf = (links: readonly LinkGrant[]): string =>
  formatTimestamp(Math.max(...links.map(({ expires }) => expires)))
    .slice(0, 16)
    .replace('T', ' ')

/** That this server is not the lab. */
const ServerNote = ({ ctx: { lab } }: { ctx: Context }) => {
  const text = lab.successor ? describeSuccessor(lab.successor) : lab.describeStandby?.()
  return text === undefined ? null : (
    <p class="notice" role="status">
      {text}
    </p>
  )
}

/** JSON that can't end the script element around it. */
const scriptSafe = (state: unknown): string =>
  JSON.stringify(state).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

const HeaderTools = ({ ctx, visitor, url }: { ctx: Context; visitor: Visitor; url: string }) => {
  const { user } = visitor
  if (!user) {
    return (
      <nav class="site-nav" aria-label="Site">
        {extraEntries(ctx, false).map(({ text, href }) => (
          <a class="button is-quiet" href={href}>
            {text}
          </a>
        ))}
        <a class="button is-quiet" href={signInPage(url)}>
          Sign in
        </a>
      </nav>
    )
  }
  return (
    <>
      <form class="site-search" role="search" action="/search" method="get">
        <label class="is-hidden" for="site-search">
          Search
        </label>
        <Icon name="search" />
        <input id="site-search" type="search" name="q" placeholder="Search names and paths" autocomplete="off" maxlength={200} />
      </form>
      <nav class="site-nav" aria-label="Site">
        <a class="button is-quiet is-icon site-search-link" href="/search" aria-label="Search">
          <Icon name="search" />
        </a>
        {visitor.alertsOn === 0 ? null : (
          <a
            class="button is-quiet alerts-on"
            href="/-/alerts"
            aria-label={visitor.alertsOn === 1 ? '1 alert is on' : `${visitor.alertsOn} alerts are on`}
          >
            <Icon name="bell" />
            <span class="badge is-danger">{visitor.alertsOn}</span>
          </a>
        )}
        {extraEntries(ctx, true).map(({ text, href }) => (
          <a class="button is-quiet nav-extra" href={href}>
            {text}
          </a>
        ))}
        <details class="menu" data-menu>
          <summary class="button is-quiet" aria-label={`Account of ${user.name}`}>
            <span class="avatar" aria-hidden="true">
              {initialsOf(user.name)}
            </span>
            <Icon name="down" />
          </summary>
          <div class="menu-items is-right">
            <p class="menu-title">
              <strong>{escapeHidden(user.name)}</strong>
              {user.name === user.emailAddress ? null : <span>{user.emailAddress}</span>}
            </p>
            {visitor.organizations.map(({ path }) => (
              <a href={pageOf(path)}>
                <Icon name="organization" />
                <span>{path.slice(1)}</span>
              </a>
            ))}
            <a href="/-/controllers">
              <Icon name="controller" />
              <span>Controllers</span>
            </a>
            <a href="/-/alerts">
              <Icon name="bell" />
              <span>Alerts</span>
            </a>
            {extraEntries(ctx, true).map(({ text, href }) => (
              <a class="menu-extra" href={href}>
                <Icon name="link" />
                <span>{text}</span>
              </a>
            ))}
            <a href="/-/settings">
              <Icon name="settings" />
              <span>My settings</span>
            </a>
            {user.isSystemAdmin ? (
              <a href="/-/system">
                <Icon name="chip" />
                <span>System</span>
              </a>
            ) : null}
            {hasDocumentation() ? (
              <a href="/-/docs/">
                <Icon name="link" />
                <span>Documentation</span>
              </a>
            ) : null}
            <a href="/api/v1/docs">
              <Icon name="link" />
              <span>The API</span>
            </a>
            <form method="post" action="/-/sign-out">
              <input type="hidden" name="csrf_token" value={visitor.csrfToken} />
              <button type="submit">
                <Icon name="out" />
                <span>Sign out</span>
              </button>
            </form>
          </div>
        </details>
      </nav>
    </>
  )
}

const THEMES = [
  ['auto', 'As the system', 'monitor'],
  ['light', 'Light', 'sun'],
  ['dark', 'Dark', 'moon'],
] as const

/** Works without script; with script, main.ts changes the theme without a reload. */
const ThemeChoice = ({ visitor, url }: { visitor: Visitor; url: string }) => (
  <form class="theme-choice" method="post" action="/-/theme" data-theme-choice>
    <input type="hidden" name="csrf_token" value={visitor.csrfToken} />
    <input type="hidden" name="next" value={url} />
    {THEMES.map(([theme, label, icon]) => (
      <button
        type="submit"
        name="theme"
        value={theme}
        aria-label={`Colours: ${label.toLowerCase()}`}
        aria-pressed={visitor.theme === theme ? 'true' : 'false'}
        title={label}
      >
        <Icon name={icon} />
      </button>
    ))}
  </form>
)

export function initialsOf(name: string): string {
  const words = name.split(/[\s@._-]+/).filter((word) => word !== '')
  return ((words[0]?.[0] ?? '?') + (name.includes('@') ? '' : (words[1]?.[0] ?? ''))).toUpperCase()
}
