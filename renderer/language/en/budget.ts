/** Sentences of renderer/budget. */
export const budget = {
  think: 'Think before answering',
}
