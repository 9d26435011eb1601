/** Counts as base-128 numbers, low bits first: a byte each as long as they are below 128. */
export function pack(counts: readonly number[]): Buffer {
  const bytes: number[] = []
  for (const count of counts) {
    let rest = count
    while (rest >= 128) {
      bytes.push((rest % 128) + 128)
      rest = Math.floor(rest / 128)
    }
    bytes.push(rest)
  }
  return Buffer.from(bytes)
}

/** The counts of `pack`, as far as the bytes make sense. */
export function unpack(bytes: unknown): number[] {
  const counts: number[] = []
  if (!(bytes instanceof Uint8Array)) return counts
  let count = 0
  let scale = 1
  for (const byte of bytes) {
    count += (byte % 128) * scale
    scale *= 128
    if (!Number.isSafeInteger(count)) return counts
    if (byte >= 128) continue
    counts.push(count)
    count = 0
    scale = 1
  }
  return counts
}
