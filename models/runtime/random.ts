import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

export type Random = ReturnType<typeof xoroshiro128plus>

/** Numbers behind which nothing of a seed's own shape is left: the first of a small seed is all but 1, whatever it is. */
const WARMING = 24

/** xoroshiro128+ of a seed, from where neighbouring seeds have nothing in common any more. */
export function seeded(seed: number): Random {
  const random = xoroshiro128plus(seed)
  for (let i = 0; i < WARMING; i++) random.next()
  return random
}

/** The next number of it, 0 ≤ x < 1. */
export function uniform(random: Random): number {
  return uniformFloat64(random)
}
