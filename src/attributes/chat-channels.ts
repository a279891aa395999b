/** Channels of chat services that settings name: `alarms=https://hooks.example.com/…`, several with spaces or commas between. */

/** The address of a channel; undefined when the setting names none, or one that is no http(s) URL. */
export function channelOf(setting: string | undefined, name: string): string | undefined {
  for (const part of (setting ?? '').split(/[\s,]+/)) {
    const [known, ...rest] = part.split('=')
    const url = rest.join('=')
    if (known === name && /^https?:\/\/[^/]/.test(url) && URL.canParse(url)) return url
  }
  return undefined
}
