/**
 * Rows of a pass that every device computes rightly. From 32 on, GroupQueryAttention of onnxruntime 1.30 on WebGPU takes a
 * kernel that is silently wrong where subgroups have fewer than 16 lanes, as SwiftShader's have; below, one that needs none.
 */
export const SAFE_ROWS = 31

/** Rows of a pass on a device that computes so many rightly. */
export const MOST_ROWS = 512
