/** Where something's source begins and ends in an answer, whose lines end with \n alone. */
export interface Place {
  start: number
  end: number
}

/** Colours what a piece of the source became in the page; what it gives back takes the colours away. */
export interface Painter {
  paint(element: Element, place: Place): () => void
}
