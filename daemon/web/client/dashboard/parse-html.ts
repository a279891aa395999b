/** What the server sends as HTML. Scripts in it do not run. */
export const parseHtml = (html: string): Node[] => [...new DOMParser().parseFromString(html, 'text/html').body.childNodes]
