/** How the tokens of an input are handed to the runtime. */
export const FEEDINGS = ['one pass', 'token by token', 'uneven pieces'] as const
export type Feeding = (typeof FEEDINGS)[number]

/** The pieces in which an input is read. */
export function pieces(ids: readonly number[], feeding: Feeding): (readonly number[])[] {
  switch (feeding) {
    case 'one pass':
      return [ids]
    case 'token by token':
      return ids.map((id) => [id])
    case 'uneven pieces': {
      const third = Math.ceil(ids.length / 3)
      return [ids.slice(0, third), ids.slice(third, third + 1), ids.slice(third + 1)].filter((part) => part.length > 0)
    }
  }
}
