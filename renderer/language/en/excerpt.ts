import { number } from './formats.ts'

/** Sentences under a part of an answer that is too long to be shown as a whole at first. */
export const excerpt = {
  shown: (shown: number, all: number) => `${number(shown)} of ${number(all)} lines are shown.`,
  showAll: (all: number) => `Show all ${number(all)} lines`,
  showMore: (more: number) => `Show ${number(more)} more lines`,
}
