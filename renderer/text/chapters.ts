import type { Section } from './sections.ts'

/** Neighbouring sections that are put into the page together when they come near to what is in sight. */
export interface Chapter {
  start: number
  sections: readonly Section[]
}

const SECTIONS = 24

/** Sections in chapters; those of `before` whose sections are the same are the same objects. */
export function chaptersOf(sections: readonly Section[], before: readonly Chapter[] = []): readonly Chapter[] {
  return Array.from({ length: Math.ceil(sections.length / SECTIONS) }, (_, index) => {
    const first = index * SECTIONS
    const end = Math.min(sections.length, first + SECTIONS)
    const known = before[index]
    // a section never changes when a later one has begun
    const same =
      known?.sections.length === end - first &&
      known.sections[0] === sections[first] &&
      known.sections.at(-1) === sections[end - 1]
    return same ? known : { start: sections[first]!.start, sections: sections.slice(first, end) }
  })
}
