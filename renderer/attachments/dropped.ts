/** The part of what is dropped that is used. */
interface Dropped {
  files: ArrayLike<{ name: string }>
  items: ArrayLike<{ webkitGetAsEntry?: () => { isDirectory: boolean } | null }>
}

const OF_MODEL = /\.(gguf|safetensors)$/i

/** Whether a model was dropped: a folder or a file of weights; all else may be a text. */
export function isOfModel(dropped: Dropped | null): boolean {
  if (!dropped) return false
  const folders = Array.from(dropped.items).some((item) => item.webkitGetAsEntry?.()?.isDirectory ?? false)
  return folders || Array.from(dropped.files).some(({ name }) => OF_MODEL.test(name))
}
