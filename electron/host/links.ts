const ALLOWED = new Set(['https:', 'http:', 'mailto:'])

/** Opened without asking, over https: what the window itself speaks of. */
const KNOWN = new Set(['huggingface.co', 'github.com', 'arxiv.org'])

/** Fields of a mailto that a mail program writes into a message; others, as attach, would add files of the person's. */
const MAIL_FIELDS = new Set(['to', 'cc', 'subject', 'body'])

/** Longer addresses cannot be shown whole. */
const LONGEST = 2000

/** So many links in so many milliseconds; what comes beyond is no person who clicks. */
const [MOST, WITHIN_MS] = [3, 10_000]

/** A link that may be handed to the system's browser or mail program, in canonical form; else null. */
export function outwardLink(text: string): string | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  if (!ALLOWED.has(url.protocol) || url.username !== '' || url.password !== '') return null
  if (url.protocol === 'mailto:') {
    for (const field of [...url.searchParams.keys()]) {
      if (!MAIL_FIELDS.has(field.toLowerCase())) url.searchParams.delete(field)
    }
    // a mail program would write the + of a form
    url.search = url.search.replaceAll('+', '%20')
  }
  return url.href.length > LONGEST ? null : url.href
}

/** Whether a link that may be opened is shown to the person first. */
export function needsAsking(link: string): boolean {
  const { protocol, hostname, port } = new URL(link)
  return protocol !== 'https:' || port !== '' || !KNOWN.has(hostname)
}

/** Lets at most a few links through in a row. */
export class LinkGate {
  private opened: number[] = []

  /** @param now in milliseconds @returns whether one more may be opened */
  pass(now: number): boolean {
    this.opened = this.opened.filter((at) => now - at < WITHIN_MS)
    if (this.opened.length >= MOST) return false
    this.opened.push(now)
    return true
  }
}
