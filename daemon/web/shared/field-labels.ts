/** What people call the fields of forms, where a sentence of the server calls them as programs do. */

const LABELS: Readonly<Record<string, string>> = {
  email_address: 'e-mail address',
  full_name: 'full name',
  user_name: 'user name',
  folder_name: 'name of the folder',
  organization_name: 'name of the organization',
  timezone: 'time zone',
}

/**
 * `email_address is not …` → `The e-mail address is not …`
 * @param fields of the form: other names mean what they say
 */
export function withLabels(message: string, fields: readonly string[]): string {
  // A sentence may also name what another form changes.
  const named = [...new Set([...Object.keys(LABELS), ...fields.filter((field) => /^[a-z]+(?:_[a-z]+)+$/.test(field))])]
  const pattern = new RegExp(
    `(?:(^|[.:;] |\\b(?:an?|the|that|this|its|your|no|or|and) )|)(?<![\\w"“/.])(${named.join('|')})(?![\\w"”=/])(:)?`,
    'g',
  )
  return message.replace(pattern, (_, begin: string | undefined, field: string, colon: string | undefined) => {
    const label = LABELS[field] ?? field.replaceAll('_', ' ')
    if (begin !== undefined && /^\w/.test(begin)) return `${begin}${label}${colon ?? ''}`
    const article = begin === undefined ? 'the' : 'The'
    return colon === undefined ? `${begin ?? ''}${article} ${label}` : `${begin ?? ''}${label.charAt(0).toUpperCase()}${label.slice(1)}:`
  })
}
